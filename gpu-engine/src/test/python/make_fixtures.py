"""Makes the random-weight fixtures of ../resources/fixtures: one tiny model per architecture, with the logits and the
greedy continuations that Hugging Face transformers computes for it in float32 (eager attention, CPU).

    python make_fixtures.py [NAME ...]

Each fixture is checked before it is kept: against an independent float64 forward pass over the files just written, for
clear winners along every greedy path, for attention that depends on its inputs, and for the feature it exists for (the
same weights without that feature must give other logits). See ../resources/fixtures/README.md for the layout.
"""

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

import reference_forward

FIXTURES = Path(__file__).resolve().parents[1] / "resources" / "fixtures"
PROMPT_LENGTHS = (1, 7, 33, 90)
GREEDY_TOKENS = 24
EOS = 2
CANDIDATES = 512  # prompts tried per length; the one with the clearest winners is kept
MIN_GAP = 0.01  # of the largest |logit|: float32 differs by 1e-5, and bf16 arithmetic by less than this as a rule
MIN_DISTINCT = 10  # of the 24 greedy tokens, so that a stuck cache shows
BASE = {
    "hidden_size": 48,
    "intermediate_size": 80,
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "vocab_size": 160,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-6,
    "hidden_act": "silu",
    "rope_theta": 10000.0,
    "tie_word_embeddings": False,
    "bos_token_id": 1,
    "eos_token_id": EOS,
    "torch_dtype": "float32",
}
LLAMA3_SCALING = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}


def llama(**changes) -> dict:
    return BASE | {"architectures": ["LlamaForCausalLM"], "model_type": "llama"} | changes


# name: (config.json, number of safetensors shards, change that must alter the logits)
SPECS = {
    "llama": (llama(), 1, {"rope_theta": 500.0}),
    "llama3-rope": (
        llama(head_dim=32, rms_norm_eps=1e-5, rope_scaling=LLAMA3_SCALING, torch_dtype="float16"),
        1,
        {"rope_scaling": None},
    ),
    "llama-tied": (llama(tie_word_embeddings=True), 1, {"rms_norm_eps": 1e-1}),
    "mistral": (
        BASE | {"architectures": ["MistralForCausalLM"], "model_type": "mistral", "sliding_window": 16},
        1,
        {"sliding_window": 17},
    ),
    "qwen2": (
        BASE
        | {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "rope_theta": 1000000.0}
        | {"use_sliding_window": False, "sliding_window": 8, "max_window_layers": 2},
        3,
        {"rope_theta": 10000.0},
    ),
    # As transformers 5 writes it: rope_parameters and dtype instead of rope_theta and torch_dtype.
    "qwen3": (
        {key: value for key, value in BASE.items() if key not in ("rope_theta", "torch_dtype")}
        | {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "head_dim": 64, "attention_bias": False}
        | {"rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0}, "dtype": "bfloat16"}
        | {"use_sliding_window": False, "sliding_window": None},
        1,
        {"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}},
    ),
    # No head_dim, as in the published checkpoints: it is hidden_size / num_attention_heads.
    "internlm2": (
        {key: value for key, value in BASE.items() if key != "head_dim"}
        | {"architectures": ["InternLM2ForCausalLM"], "model_type": "internlm2", "bias": False}
        | {"hidden_size": 96, "rope_theta": 1000000.0, "rope_scaling": None, "torch_dtype": "bfloat16"},
        1,
        {"rope_theta": 10000.0},
    ),
}


def check(condition: bool, message: str) -> None:
    if not condition:
        raise SystemExit(f"FAILED: {message}")


def random_weights(model, generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Weights under which every term matters: q and k spread the attention logits, norms and biases are not 1 and 0."""
    weights = {}
    for name, tensor in model.state_dict().items():
        noise = torch.randn(tensor.shape, generator=generator)
        if "norm" in name:
            weights[name] = 1 + 0.3 * noise
        elif name.endswith(".bias"):
            weights[name] = 0.5 * noise
        elif "embed_tokens" in name:
            weights[name] = noise
        else:
            gain = {"q_proj": 1.4, "k_proj": 1.4}.get(name.split(".")[-2], 1.0)
            weights[name] = gain * noise * tensor.shape[1] ** -0.5
    return weights


def pack_internlm2(weights: dict, config: dict) -> dict:
    """Llama tensors to InternLM2's names and fused wqkv (the inverse of reference_forward.unpack_internlm2)."""
    num_kv_heads, hidden = config["num_key_value_heads"], config["hidden_size"]
    head_dim = hidden // config["num_attention_heads"]
    packed = {}
    for name, tensor in weights.items():
        if name.endswith("self_attn.q_proj.weight"):
            prefix = name.removesuffix("self_attn.q_proj.weight")
            q, k, v = (weights[f"{prefix}self_attn.{part}_proj.weight"] for part in "qkv")
            groups = [part.reshape(num_kv_heads, -1, head_dim, hidden) for part in (q, k, v)]
            packed[prefix + "attention.wqkv.weight"] = torch.cat(groups, dim=1).reshape(-1, hidden)
        elif not name.endswith(("k_proj.weight", "v_proj.weight")):
            for internlm2, llama_name in reference_forward.INTERNLM2_TO_LLAMA.items():
                name = name.replace(llama_name, internlm2)
            packed[name.replace("lm_head.", "output.")] = tensor
    return packed


def save(folder: Path, config: dict, weights: dict, shards: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    weights = {name: tensor.contiguous().clone() for name, tensor in weights.items()}
    if shards == 1:
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        return
    files = [f"model-{i + 1:05}-of-{shards:05}.safetensors" for i in range(shards)]
    weight_map = {name: files[i * shards // len(weights)] for i, name in enumerate(weights)}
    for file in files:
        save_file({n: t for n, t in weights.items() if weight_map[n] == file}, folder / file, metadata={"format": "pt"})
    total = sum(tensor.numel() * tensor.element_size() for tensor in weights.values())
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")


def load(config: dict, weights: dict):
    """The model as transformers loads it from a folder (InternLM2 as the Llama with the same weights), in float32."""
    if config["model_type"] == "internlm2":
        config = config | {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder), config, weights, 1)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    return model.eval()


@torch.no_grad()
def greedy(model, prompts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Continuations [prompts, 24] and each one's smallest gap between the two best logits over the largest |logit|."""
    inputs, cache, tokens = prompts, None, []
    smallest = torch.full((len(prompts),), torch.inf)
    for _ in range(GREEDY_TOKENS):
        output = model(inputs, past_key_values=cache, use_cache=True)
        cache, logits = output.past_key_values, output.logits[:, -1]
        best = logits.topk(2).values
        smallest = torch.minimum(smallest, (best[:, 0] - best[:, 1]) / logits.abs().amax(-1))
        inputs = logits.argmax(-1, keepdim=True)
        tokens.append(inputs)
    return torch.cat(tokens, dim=1), smallest


def choose_prompt(model, length: int, generator: torch.Generator) -> dict:
    """Of many random prompts the one whose greedy path has the clearest winners, many distinct tokens and no EOS."""
    if length == 1:
        prompts = torch.arange(3, BASE["vocab_size"])[:, None]
    else:
        prompts = torch.randint(3, BASE["vocab_size"], (CANDIDATES, length), generator=generator)
    tokens, gaps = greedy(model, prompts)
    varied = torch.tensor([len(row.unique()) >= MIN_DISTINCT and EOS not in row for row in tokens])
    best = int(gaps.where(varied, torch.tensor(-1.0)).argmax())
    return {
        "tokens": prompts[best].tolist(),
        "greedy": tokens[best].tolist(),
        "minRelativeGap": round(float(gaps[best]), 5),
    }


@torch.no_grad()
def full_logits(model, prompt: dict) -> torch.Tensor:
    """Row p: the logits after token p of prompt + greedy without its last token, float32 [promptTokens + 23, vocab]."""
    return model(torch.tensor([prompt["tokens"] + prompt["greedy"][:-1]])).logits[0].float().contiguous()


@torch.no_grad()
def attention_spread(model, tokens: list[int]) -> float:
    """Std of the attention logits over the visible keys, from the log of the probabilities (equal up to a constant a
    row); the mean over layers, heads and the later half of the queries."""
    spreads = []
    for probabilities in model(torch.tensor([tokens]), output_attentions=True).attentions:
        for row in range(len(tokens) // 2, len(tokens)):
            p = probabilities[0, :, row]
            spreads += [head[head > 0].log().std() for head in p]
    return float(torch.stack(spreads).mean())


def verify(name: str, folder: Path, model, altered, prompts: list[dict], logits: dict) -> str:
    worst = 0.0
    for i, prompt in enumerate(prompts):
        rows, count = logits[f"prompt.{i}"], len(prompt["tokens"])
        check(rows.shape == (count + GREEDY_TOKENS - 1, BASE["vocab_size"]), f"{name}: shape {tuple(rows.shape)}")
        check(rows[count - 1 :].argmax(-1).tolist() == prompt["greedy"], f"{name}: greedy with and without cache")
        check(prompt["minRelativeGap"] > MIN_GAP, f"{name}: gap {prompt['minRelativeGap']} (expected: > {MIN_GAP})")
        exact = reference_forward.forward(folder, prompt["tokens"] + prompt["greedy"][:-1])
        worst = max(worst, float((rows - exact).abs().max() / exact.abs().max()))
    check(worst < 2e-5, f"{name}: error against float64 {worst:.1e} (expected: < 2e-5)")
    spread = attention_spread(model, prompts[-1]["tokens"])
    check(spread >= 1, f"{name}: attention logit std {spread:.2f} (expected: >= 1)")
    change = float((full_logits(altered, prompts[-1]) - logits[f"prompt.{len(prompts) - 1}"]).abs().max())
    check(change > 0.1, f"{name}: its feature changes the logits by {change:.1e} only (expected: > 0.1)")
    gap = min(prompt["minRelativeGap"] for prompt in prompts)
    return f"float64 error {worst:.1e}, attention std {spread:.2f}, smallest gap {gap:.3f}, feature {change:.2f}"


def make(name: str) -> None:
    config, shards, alteration = SPECS[name]
    generator = torch.Generator().manual_seed(1000 + list(SPECS).index(name))
    dtype = getattr(torch, config.get("torch_dtype") or config["dtype"])
    hugging_face = config
    if config["model_type"] == "internlm2":
        hugging_face = config | {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}
    empty = transformers.AutoConfig.for_model(**{k: v for k, v in hugging_face.items() if k != "architectures"})
    weights = random_weights(AutoModelForCausalLM.from_config(empty), generator)
    if config["tie_word_embeddings"]:
        # One matrix serves both ends, so it takes lm_head's scale; rms norm makes the input's scale immaterial.
        weights["model.embed_tokens.weight"] = weights.pop("lm_head.weight")
    weights = {key: tensor.to(dtype) for key, tensor in weights.items()}
    stored = pack_internlm2(weights, config) if config["model_type"] == "internlm2" else weights

    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    save(folder, config, stored, shards)
    model = load(config, weights)
    prompts = [{"name": f"length-{n}"} | choose_prompt(model, n, generator) for n in PROMPT_LENGTHS]
    logits = {f"prompt.{i}": full_logits(model, prompt) for i, prompt in enumerate(prompts)}
    summary = verify(name, folder, model, load(config | alteration, weights), prompts, logits)

    save_file(logits, folder / "expected.safetensors")
    expected = {
        "architecture": config["architectures"][0],
        "computedBy": f"transformers {transformers.__version__}, torch {torch.__version__}, float32, eager, CPU",
        "vocabSize": BASE["vocab_size"],
        "prompts": prompts,
    }
    text = json.dumps(expected, indent=2)
    (folder / "expected.json").write_text(collapse_lists(text) + "\n")
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{name}: {summary}, {size // 1024} KiB", flush=True)


def collapse_lists(text: str) -> str:
    """Puts each JSON list of numbers on one line."""
    return re.sub(r"\[\s+([-\d\s,.e]+?)\s+\]", lambda match: "[" + " ".join(match[1].split()) + "]", text)


def main() -> None:
    names = sys.argv[1:] or list(SPECS)
    check(set(names) <= SPECS.keys(), f"names: {names} (expected: of {list(SPECS)})")
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_grad_enabled(False)
    for name in names:
        make(name)


if __name__ == "__main__":
    main()
