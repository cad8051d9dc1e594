package dev.tropical.flink.admit;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tropical.flink.text.ModelAssets;
import dev.tropical.protocol.wire.SamplingParams;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields on how tokens are drawn and when to stop. Defaults are OpenAI's, extras vLLM's. */
final class SamplingReader {
    static final int MAX_LOGPROBS = 20;
    private static final int MAX_TOKEN_LIST = 4096;

    /** Below it, dividing logits by the temperature overflows; vLLM decodes greedily, too. */
    private static final float LEAST_TEMPERATURE = 1e-5f;

    private final Fields fields;
    private final ModelAssets model;

    SamplingReader(Fields fields, ModelAssets model) {
        this.fields = fields;
        this.model = model;
    }

    /** Everything but max_tokens, which depends on the prompt. */
    SamplingParams.Builder read(boolean isChat, long seedWhenAbsent) throws RequestFault {
        float temperature = fields.number("temperature", 1, 0, 2);
        SamplingParams.Builder sampling =
                SamplingParams.newBuilder()
                        .setTemperature(temperature < LEAST_TEMPERATURE ? 0 : temperature)
                        // -1 is vLLM's other word for off
                        .setTopK(Math.max(0, fields.integer("top_k", 0, -1, Integer.MAX_VALUE)))
                        .setTopP(fields.positive("top_p", 1, 1))
                        .setMinP(fields.number("min_p", 0, 0, 1))
                        .setRepetitionPenalty(fields.positive("repetition_penalty", 1, 10))
                        .setPresencePenalty(fields.number("presence_penalty", 0, -2, 2))
                        .setFrequencyPenalty(fields.number("frequency_penalty", 0, -2, 2))
                        .setSeed(fields.longInteger("seed", seedWhenAbsent))
                        .setIgnoreEos(fields.flag("ignore_eos", false))
                        .setMinTokens(fields.integer("min_tokens", 0, 0, Integer.MAX_VALUE))
                        .setLogprobs(isChat ? chatLogprobs() : completionLogprobs());
        readLogitBias(sampling);
        sampling.addAllStopTokenIds(tokenIds("stop_token_ids"));
        sampling.addAllAllowedTokenIds(tokenIds("allowed_token_ids"));
        return sampling.addAllEosTokenIds(model.eosTokenIds());
    }

    private int completionLogprobs() throws RequestFault {
        return fields.integer("logprobs", -1, 0, MAX_LOGPROBS);
    }

    private int chatLogprobs() throws RequestFault {
        boolean wanted = fields.flag("logprobs", false);
        int top = fields.integer("top_logprobs", -1, 0, MAX_LOGPROBS);
        if (top > 0 && !wanted) {
            throw fields.fault("top_logprobs", top, "logprobs: true beside it");
        }
        return wanted ? Math.max(0, top) : -1;
    }

    private void readLogitBias(SamplingParams.Builder sampling) throws RequestFault {
        JsonNode bias = fields.value("logit_bias");
        if (bias == null) {
            return;
        }
        if (!bias.isObject()) {
            throw fields.fault("logit_bias", bias, "an object of token ids and biases");
        }
        for (Map.Entry<String, JsonNode> entry : bias.properties()) {
            int tokenId = tokenId(entry.getKey());
            if (tokenId < 0) {
                throw fields.fault(
                        "logit_bias",
                        entry.getKey(),
                        "token ids in [0, " + model.vocabSize() + ")");
            }
            JsonNode value = entry.getValue();
            if (!value.isNumber() || !(Math.abs(value.doubleValue()) <= 100)) {
                throw fields.fault("logit_bias", value, "biases in [-100, 100]");
            }
            sampling.putLogitBias(tokenId, (float) value.doubleValue());
        }
    }

    /** The id that a key names, or -1. */
    private int tokenId(String key) {
        if (!key.matches("[0-9]{1,9}")) {
            return -1;
        }
        int tokenId = Integer.parseInt(key);
        return tokenId < model.vocabSize() ? tokenId : -1;
    }

    private List<Integer> tokenIds(String name) throws RequestFault {
        @Nullable JsonNode list = fields.value(name);
        if (list == null) {
            return List.of();
        }
        if (!list.isArray() || list.isEmpty() || list.size() > MAX_TOKEN_LIST) {
            throw fields.fault(name, list, "a list of 1 to " + MAX_TOKEN_LIST + " token ids");
        }
        List<Integer> ids = new ArrayList<>(list.size());
        for (JsonNode id : list) {
            ids.add(checkedTokenId(name, id, model));
        }
        return ids;
    }

    static int checkedTokenId(String param, JsonNode id, ModelAssets model) throws RequestFault {
        boolean isKnown =
                id.isIntegralNumber()
                        && id.canConvertToInt()
                        && id.intValue() >= 0
                        && id.intValue() < model.vocabSize();
        if (!isKnown) {
            throw RequestFault.invalid(param, id, "token ids in [0, " + model.vocabSize() + ")");
        }
        return id.intValue();
    }
}
