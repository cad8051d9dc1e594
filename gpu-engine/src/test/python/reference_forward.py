"""A float64 forward pass over a Hugging Face checkpoint folder, written from the model papers rather than from
transformers, so that the two can check each other. It reads only config.json and the safetensors files.

Architectures: Llama (also with llama3 rope scaling and tied embeddings), Mistral, Qwen2, Qwen3, InternLM2.
"""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file


def load_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Every tensor of the folder, in the dtype in which it was saved; follows model.safetensors.index.json."""
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return load_file(folder / "model.safetensors")
    weight_map = json.loads(index.read_text())["weight_map"]
    weights = {}
    for shard in sorted(set(weight_map.values())):
        for name, tensor in load_file(folder / shard).items():
            if weight_map[name] != shard:
                raise ValueError(f"{name}: in {shard} (expected: {weight_map[name]})")
            weights[name] = tensor
    if weights.keys() != weight_map.keys():
        raise ValueError(f"index and shards disagree on {sorted(weights.keys() ^ weight_map.keys())}")
    return weights


def unpack_internlm2(weights: dict, num_heads: int, num_kv_heads: int, head_dim: int) -> dict:
    """InternLM2 tensor names and fused wqkv to Llama's. wqkv rows: [numKvHeads, groupSize + 2, headDim], where a kv
    group holds its q heads, then its k, then its v."""
    group_size = num_heads // num_kv_heads
    renamed = {}
    for name, tensor in weights.items():
        if name.endswith("attention.wqkv.weight"):
            prefix = name.removesuffix("attention.wqkv.weight") + "self_attn."
            rows = tensor.reshape(num_kv_heads, group_size + 2, head_dim, -1)
            renamed[prefix + "q_proj.weight"] = rows[:, :group_size].reshape(num_heads * head_dim, -1)
            renamed[prefix + "k_proj.weight"] = rows[:, group_size].reshape(num_kv_heads * head_dim, -1)
            renamed[prefix + "v_proj.weight"] = rows[:, group_size + 1].reshape(num_kv_heads * head_dim, -1)
            continue
        for internlm2, llama in INTERNLM2_TO_LLAMA.items():
            name = name.replace(internlm2, llama)
        renamed[name] = tensor
    return renamed


INTERNLM2_TO_LLAMA = {
    "model.tok_embeddings.": "model.embed_tokens.",
    "attention.wo.": "self_attn.o_proj.",
    "feed_forward.w1.": "mlp.gate_proj.",
    "feed_forward.w3.": "mlp.up_proj.",
    "feed_forward.w2.": "mlp.down_proj.",
    "attention_norm.": "input_layernorm.",
    "ffn_norm.": "post_attention_layernorm.",
}


def inverse_frequencies(config: dict, head_dim: int) -> torch.Tensor:
    """Rope angles per position, [headDim / 2], with llama3 scaling where the config asks for it."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    theta = rope.get("rope_theta", config.get("rope_theta", 10000.0))
    frequencies = theta ** (-torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "default":
        return frequencies
    if kind != "llama3":
        raise ValueError(f"rope type: {kind} (expected: default or llama3)")
    factor, low, high = rope["factor"], rope["low_freq_factor"], rope["high_freq_factor"]
    turns = rope["original_max_position_embeddings"] * frequencies / (2 * math.pi)
    smooth = ((turns - low) / (high - low)).clamp(0, 1)
    return (1 - smooth) * frequencies / factor + smooth * frequencies


def rms_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    return weight * x / (x.pow(2).mean(-1, keepdim=True) + eps).sqrt()


def rotate(x: torch.Tensor, angles: torch.Tensor) -> torch.Tensor:
    """Rotates [numHeads, tokens, headDim] by angles [tokens, headDim / 2]; dimension i pairs with i + headDim / 2."""
    left, right = x.chunk(2, dim=-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat((left * cos - right * sin, right * cos + left * sin), dim=-1)


def forward(folder: Path, tokens: list[int]) -> torch.Tensor:
    """Logits [tokens, vocabSize] in float64 after each token."""
    config = json.loads((folder / "config.json").read_text())
    num_heads, num_kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] // num_heads
    eps, count = config["rms_norm_eps"], len(tokens)
    weights = {name: tensor.double() for name, tensor in load_weights(folder).items()}
    if config["model_type"] == "internlm2":
        weights = unpack_internlm2(weights, num_heads, num_kv_heads, head_dim)
        weights["lm_head.weight"] = weights.pop("output.weight")
    window = config.get("sliding_window") if config["model_type"] == "mistral" else None

    positions = torch.arange(count)
    distance = positions[:, None] - positions[None, :]
    visible = (distance >= 0) & (distance < (window or count))
    angles = positions[:, None].double() * inverse_frequencies(config, head_dim)

    x = weights["model.embed_tokens.weight"][torch.tensor(tokens)]
    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."

        def linear(name: str, x: torch.Tensor) -> torch.Tensor:
            y = x @ weights[prefix + name + ".weight"].T
            bias = weights.get(prefix + name + ".bias")
            return y if bias is None else y + bias

        def heads(name: str, number: int, norm: str) -> torch.Tensor:
            y = linear(name, h).view(count, number, head_dim).transpose(0, 1)
            weight = weights.get(prefix + norm + ".weight")
            return y if weight is None else rms_norm(y, weight, eps)

        h = rms_norm(x, weights[prefix + "input_layernorm.weight"], eps)
        q = rotate(heads("self_attn.q_proj", num_heads, "self_attn.q_norm"), angles)
        k = rotate(heads("self_attn.k_proj", num_kv_heads, "self_attn.k_norm"), angles)
        v = heads("self_attn.v_proj", num_kv_heads, "none")
        k, v = (t.repeat_interleave(num_heads // num_kv_heads, dim=0) for t in (k, v))
        scores = (q @ k.transpose(1, 2) / math.sqrt(head_dim)).masked_fill(~visible, -math.inf)
        attended = (scores.softmax(-1) @ v).transpose(0, 1).reshape(count, num_heads * head_dim)
        x = x + linear("self_attn.o_proj", attended)
        h = rms_norm(x, weights[prefix + "post_attention_layernorm.weight"], eps)
        gate = torch.nn.functional.silu(linear("mlp.gate_proj", h))
        x = x + linear("mlp.down_proj", gate * linear("mlp.up_proj", h))
    x = rms_norm(x, weights["model.norm.weight"], eps)
    output = "model.embed_tokens.weight" if config.get("tie_word_embeddings") else "lm_head.weight"
    return x @ weights[output].T
