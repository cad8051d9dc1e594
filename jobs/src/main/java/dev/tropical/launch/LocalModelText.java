package dev.tropical.launch;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tropical.flink.admit.PromptTokens;
import dev.tropical.flink.admit.RequestFault;
import dev.tropical.flink.text.ModelCatalog;
import dev.tropical.flink.text.ServedModel;
import dev.tropical.openai.ModelText;
import java.io.IOException;
import java.util.List;

/** The job's tokenizer, for the gateway beside it. */
final class LocalModelText implements ModelText, AutoCloseable {
    private final ModelCatalog catalog;
    private final PromptTokens tokens;
    private final int maxModelLen;

    private LocalModelText(ModelCatalog catalog, int maxModelLen) {
        this.catalog = catalog;
        this.tokens = new PromptTokens(catalog);
        this.maxModelLen = maxModelLen;
    }

    /**
     * Loads the served model's folder; a job in this process shares it.
     *
     * @throws IOException naming the file, when it cannot be read
     */
    static LocalModelText open(JobConfig job) throws IOException {
        ServedModel served =
                new ServedModel(job.model().toString(), List.of(job.servedModelName()));
        ModelCatalog catalog = ModelCatalog.open(List.of(served));
        Integer limit = job.maxModelLen();
        int own = catalog.models().get(0).maxPositionEmbeddings();
        return new LocalModelText(catalog, limit == null ? own : limit);
    }

    @Override
    public int[] tokenize(ObjectNode body) throws InvalidTextException {
        try {
            return tokens.tokenize(body);
        } catch (RequestFault fault) {
            throw invalid(fault);
        }
    }

    @Override
    public String detokenize(ObjectNode body) throws InvalidTextException {
        try {
            return tokens.detokenize(body);
        } catch (RequestFault fault) {
            throw invalid(fault);
        }
    }

    @Override
    public String textOf(ObjectNode body, int tokenId) throws InvalidTextException {
        try {
            return tokens.textOf(body, tokenId);
        } catch (RequestFault fault) {
            throw invalid(fault);
        }
    }

    @Override
    public int maxModelLen() {
        return maxModelLen;
    }

    @Override
    public void close() {
        catalog.close();
    }

    private static InvalidTextException invalid(RequestFault fault) {
        return new InvalidTextException(fault.code().code(), fault.reason(), fault.param());
    }
}
