package dev.tropical.engine.model;

/** The architectures that engines run, by the names that config.json uses. */
public enum Architecture {
    LLAMA("LlamaForCausalLM"),
    INTERNLM2("InternLM2ForCausalLM"),
    MISTRAL("MistralForCausalLM"),
    QWEN2("Qwen2ForCausalLM"),
    QWEN3("Qwen3ForCausalLM");

    private final String configName;

    Architecture(String configName) {
        this.configName = configName;
    }

    /** As in config.json's {@code architectures}. */
    public String configName() {
        return configName;
    }
}
