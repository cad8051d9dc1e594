"""Compares the engine's logits on a GPU with Hugging Face transformers', on the same weights and text.

    python3 parity.py RUN FOLDER [--type bf16|float32] [--keep] MODEL...

RUN is the engine pack's `run`; FOLDER gets the models. MODEL is an architecture of make_fixtures.py (its tiny model, but
for 32k positions), 8b (Llama 3 8B's dimensions), 20b (InternLM2.5 20B's, 8 of its 48 layers, under InternLM2's names;
with 40 GB of weights if --all-layers), or faults: planted ones, each of which must be noticed.

Windows begin at positions 0, 8192 and 31744; ParityRun.java says in which ways the engine computes each. bf16: our error
(2-norm, relative to transformers in float32) is at most 1.2 times that of transformers in bf16, and the most likely token
is the same wherever float32's lead is over 6 times the root mean square of our error. float32: the error is at most 1e-4
and every most likely token is the same. Prints RESULT lines and ends with 1 when an aim is missed.
"""

import concurrent.futures
import json
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

from make_fixtures import SPECS, llama, pack_internlm2

WINDOWS = (0, 8192, 31744)
WAYS = ("long-chunk", "single", "short-chunks", "ragged-chunks", "ragged-single")
COPIES, LONG_CHUNK = 37, 512
CHUNK = 1024  # of transformers
POSITIONS = WINDOWS[-1] + LONG_CHUNK
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
LARGE = {
    "max_position_embeddings": 32768,
    "rms_norm_eps": 1e-5,
    "rope_theta": 500000.0,
    "head_dim": 128,
    "num_key_value_heads": 8,
    "torch_dtype": "bfloat16",
}
DIMENSIONS = {
    "8b": LARGE
    | {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32}
    | {"vocab_size": 128256},
    "20b": LARGE
    | {"hidden_size": 6144, "intermediate_size": 16384, "num_hidden_layers": 8, "num_attention_heads": 48}
    | {"vocab_size": 92544, "architectures": ["InternLM2ForCausalLM"], "model_type": "internlm2", "bias": False},
}
ALL_LAYERS_OF_20B = 48
failed = []


def report(key: str, value: float, aim: float | None = None) -> None:
    met = aim is None or value <= aim
    text = "" if aim is None else f" aim=<={aim:.4g} {'met' if met else 'MISSED'}"
    print(f"RESULT parity.{key}={value:.4g}{text}", flush=True)
    if not met:
        failed.append(key)


def configuration(name: str) -> dict:
    if name in DIMENSIONS:
        return llama() | DIMENSIONS[name]
    config = dict(SPECS[name][0])
    return config | {"max_position_embeddings": POSITIONS + 16}


def llama_like(config: dict) -> dict:
    """transformers has no InternLM2: it is a Llama with other tensor names."""
    if config["model_type"] != "internlm2":
        return config
    return config | {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}


def build(config: dict, weights: dict, dtype: torch.dtype):
    """The transformers model with these weights, on the device, without initializing others first."""
    kwargs = {k: v for k, v in llama_like(config).items() if k not in ("architectures", "torch_dtype", "dtype")}
    hugging_face = AutoConfig.for_model(**kwargs)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(hugging_face, dtype=dtype, attn_implementation="sdpa")
    model.load_state_dict({k: v.to(dtype) for k, v in weights.items()}, assign=True, strict=False)
    model.tie_weights()
    model.model.rotary_emb = type(model.model.rotary_emb)(config=model.config, device=DEVICE)
    missing = [name for name, tensor in model.named_parameters() if tensor.is_meta]
    if missing:
        raise SystemExit(f"no weights for {missing} (expected: all)")
    return model.eval()


def random_weights(config: dict, generator: torch.Generator) -> dict[str, torch.Tensor]:
    """bf16 weights under which every term matters, as make_fixtures.random_weights, made on the device."""
    kwargs = {k: v for k, v in llama_like(config).items() if k not in ("architectures", "torch_dtype", "dtype")}
    with torch.device("meta"):
        empty = AutoModelForCausalLM.from_config(AutoConfig.for_model(**kwargs))
    weights = {}
    for name, tensor in empty.state_dict().items():
        noise = torch.randn(tensor.shape, generator=generator, device=DEVICE, dtype=torch.float32)
        if "norm" in name:
            noise = 1 + 0.3 * noise
        elif name.endswith(".bias"):
            noise *= 0.5
        elif "embed_tokens" not in name:
            noise *= (1.4 if name.split(".")[-2] in ("q_proj", "k_proj") else 1.0) * tensor.shape[1] ** -0.5
        weights[name] = noise.bfloat16()
    if config["tie_word_embeddings"]:
        weights["model.embed_tokens.weight"] = weights.pop("lm_head.weight")
    return weights


def save(folder: Path, config: dict, weights: dict, layers: int = 0) -> None:
    """config.json and a shard a layer; with `layers`, the given layers are repeated until there are so many."""
    folder.mkdir(parents=True, exist_ok=True)
    stored = pack_internlm2(weights, config) if config["model_type"] == "internlm2" else weights
    shards: dict[int, dict] = {}
    for name, tensor in stored.items():
        parts = name.split(".")
        layer = int(parts[2]) if parts[1] == "layers" else -1
        shards.setdefault(layer, {})[name] = tensor.contiguous().view(torch.uint8).reshape(-1).cpu()
    dtypes = {name: list(tensor.shape) for name, tensor in stored.items()}
    own = config["num_hidden_layers"]
    for layer in range(own, layers):
        shards[layer] = {}
        for name, tensor in shards[layer % own].items():
            other = name.replace(f"layers.{layer % own}.", f"layers.{layer}.")
            shards[layer][other] = tensor
            dtypes[other] = dtypes[name]
    weight_map = {}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        futures = []
        for layer, tensors in shards.items():
            file = f"model-{layer + 1:05}.safetensors"
            weight_map |= {name: file for name in tensors}
            futures.append(pool.submit(write_shard, folder / file, tensors, dtypes))
        for future in futures:
            future.result()
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": max(own, layers)}))


def write_shard(path: Path, tensors: dict, shapes: dict) -> None:
    header, at = {}, 0
    for name, data in tensors.items():
        header[name] = {"dtype": "BF16", "shape": shapes[name], "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for data in tensors.values():
            file.write(data.numpy())


def positions() -> list[int]:
    """Those that any way computes logits of."""
    found = set()
    for first in WINDOWS:
        found |= set(range(first, first + COPIES + 1)) | {first + LONG_CHUNK - 1}
    return sorted(found)


@torch.no_grad()
def logits(config: dict, weights: dict, tokens: torch.Tensor, dtype: torch.dtype) -> dict[int, torch.Tensor]:
    """transformers' logits by position, float32 on the device."""
    model = build(config, weights, dtype)
    wanted, rows, cache = positions(), [], None
    # In chunks: in float32 transformers' attention keeps all scores of a call.
    for start in range(0, POSITIONS + 1, CHUNK):
        own = [position - start for position in wanted if start <= position < start + CHUNK]
        kept = torch.tensor(own or [0], device=DEVICE)
        chunk = tokens[None, start : start + CHUNK].to(DEVICE)
        output = model(chunk, past_key_values=cache, use_cache=True, logits_to_keep=kept)
        cache = output.past_key_values
        rows += list(output.logits[0].float())[: len(own)]
    return dict(zip(wanted, rows, strict=True))


def read_logits(folder: Path, vocab: int) -> list[tuple[str, int, torch.Tensor]]:
    """What ParityRun wrote: way, position, logits."""
    data = (folder / "logits.bin").read_bytes()
    size = 8 + 4 * vocab
    rows = []
    for at in range(0, len(data), size):
        way, position = struct.unpack_from("<ii", data, at)
        row = torch.frombuffer(bytearray(data[at + 8 : at + size]), dtype=torch.float32)
        rows.append((WAYS[way], position, row.to(DEVICE)))
    return rows


class Comparison:
    """Errors of some rows."""

    def __init__(self, rows, exact: dict):
        difference = torch.stack([row - exact[position] for position, row in rows])
        expected = torch.stack([exact[position] for position, _ in rows])
        self.error = float(difference.norm() / expected.norm())
        self.rms = float(difference.pow(2).mean().sqrt())
        best = expected.topk(2).values
        self.is_clear = best[:, 0] - best[:, 1] > 6 * self.rms
        self.is_same = torch.stack([row for _, row in rows]).argmax(-1) == expected.argmax(-1)

    def wrong(self) -> int:
        return int((self.is_clear & ~self.is_same).sum())


def compare(name: str, folder: Path, vocab: int, exact: dict, rounded: dict, is_float32: bool) -> list[str]:
    """Reports each window, and each way over all windows; the names of aims that were missed."""
    before = len(failed)
    rows = read_logits(folder, vocab)
    groups: dict[str, list] = {}
    for way, position, row in rows:
        first = max(w for w in WINDOWS if w <= position)
        groups.setdefault(f"{name}-from-{first}", []).append((position, row))
        groups.setdefault(f"{name}-{way}", []).append((position, row))
    if len(groups) != len(WINDOWS) + len(WAYS):
        raise SystemExit(f"{name}: {sorted(groups)} (expected: each of {WINDOWS} and {WAYS})")
    for key, own in groups.items():
        ours = Comparison(own, exact)
        if is_float32:
            report(f"{key}-error", ours.error, 1e-4)
        else:
            theirs = Comparison([(position, rounded[position]) for position, _ in own], exact)
            report(f"{key}-error-over-transformers", ours.error / theirs.error, 1.2)
    everything = Comparison([(position, row) for _, position, row in rows], exact)
    report(f"{name}-error", everything.error)
    if is_float32:
        report(f"{name}-other-tokens", int((~everything.is_same).sum()), 0)
    else:
        report(f"{name}-share-of-clear-tokens", float(everything.is_clear.float().mean()))
        report(f"{name}-wrong-clear-tokens", everything.wrong(), 0)
    return failed[before:]


def engine(run: str, kind: str, folders: list[Path]) -> None:
    subprocess.run([run, "parity", kind, ",".join(map(str, WINDOWS)), *map(str, folders)], check=True)


class Model:
    """A model on disk with its text and what transformers computes of it."""

    def __init__(self, name: str, root: Path, layers: int = 0):
        self.name, self.folder, self.config = name, root / name, configuration(name)
        generator = torch.Generator(DEVICE).manual_seed(17)
        self.weights = random_weights(self.config, generator)
        vocab = self.config["vocab_size"]
        self.tokens = torch.randint(3, vocab, (POSITIONS + 1,), generator=generator, device=DEVICE).cpu()
        start = time.time()
        save(self.folder, self.config, self.weights)
        if layers:
            save(root / f"{name}-all-layers", self.config, self.weights, layers)
        self.write_tokens(self.folder)
        print(f"{name}: written in {time.time() - start:.1f} s", flush=True)

    def write_tokens(self, folder: Path) -> None:
        (folder / "tokens.bin").write_bytes(self.tokens.to(torch.int32).numpy().tobytes())

    def reference(self, dtype: torch.dtype) -> dict[int, torch.Tensor]:
        start = time.time()
        result = logits(self.config, self.weights, self.tokens, dtype)
        print(f"{self.name}: transformers in {dtype} took {time.time() - start:.1f} s", flush=True)
        return result

    def compare(self, folder: Path, is_float32: bool) -> list[str]:
        exact = self.reference(torch.float32)
        rounded = {} if is_float32 else self.reference(torch.bfloat16)
        return compare(folder.name, folder, self.config["vocab_size"], exact, rounded, is_float32)


def swap_kv_heads(weights: dict) -> dict:
    changed = dict(weights)
    for name, tensor in weights.items():
        if name.endswith("k_proj.weight"):
            changed[name] = tensor.roll(tensor.shape[0] // 2, 0)
    return changed


def drop_bias(weights: dict) -> dict:
    return {n: torch.zeros_like(t) if n.endswith("k_proj.bias") or n.endswith("v_proj.bias") else t for n, t in weights.items()}


def planted_faults(run: str, root: Path) -> None:
    """Models whose files differ from what transformers gets by one mistake; the comparison must fail for each."""
    llama, qwen2 = Model("llama", root), Model("qwen2", root)
    slower = llama.config["rope_theta"] ** (1 - 2 / llama.config["head_dim"])
    cases = {
        "rope-off-by-one": (llama, llama.config | {"rope_theta": slower}, llama.weights),
        "swapped-kv-heads": (llama, llama.config, swap_kv_heads(llama.weights)),
        "dropped-bias": (qwen2, qwen2.config, drop_bias(qwen2.weights)),
        "lost-key-at-block-edge": (llama, llama.config, llama.weights),
    }
    for fault, (model, config, weights) in cases.items():
        folder = root / fault
        save(folder, config, weights)
        model.write_tokens(folder)
        engine(run, "bf16-lost-keys" if fault.startswith("lost") else "bf16", [folder])
        missed = model.compare(folder, False)
        del failed[len(failed) - len(missed) :]
        report(f"unnoticed-{fault}", 0 if missed else 1, 0)


def main() -> None:
    arguments = sys.argv[1:]
    is_float32 = "--float32" in arguments
    keep, all_layers = "--keep" in arguments, "--all-layers" in arguments
    run, root, *names = [a for a in arguments if not a.startswith("--")]
    root = Path(root)
    transformers.utils.logging.set_verbosity_error()
    torch.backends.cuda.matmul.allow_tf32 = False
    if names == ["faults"]:
        planted_faults(run, root)
    else:
        for name in names:
            model = Model(name, root, ALL_LAYERS_OF_20B if all_layers and name == "20b" else 0)
            engine(run, "float32" if is_float32 else "bf16", [model.folder])
            model.compare(model.folder, is_float32)
            if not keep:
                for file in model.folder.iterdir():
                    file.unlink()
            del model
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
