"""Generates the corpus, trains the model on it and saves it next to its tokenizer; then checks and samples it.

    python train.py [--steps 1800] [--output ../tropical-tiny]

Needs one GPU (a CPU works for a handful of steps). The seeds are fixed; the result still differs in the last digits
between machines, because sums on a GPU do.
"""

import argparse
import json
import math
import multiprocessing
import os
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tokenizers import Tokenizer

from corpus import BEGIN, document
from evaluate import evaluate
from llama import CONFIG, Llama

ROW = CONFIG["max_position_embeddings"]
PEAK_RATE, WARMUP_STEPS, WEIGHT_DECAY = 3e-3, 100, 0.1


def rows_of(job: tuple[str, str, int]) -> np.ndarray:
    """Rows [rows, 2049] of packed documents; each row begins with a document, and its last one may be cut."""
    tokenizer_file, seed, count = job
    tokenizer = Tokenizer.from_file(tokenizer_file)
    rng = random.Random(seed)
    rows = np.empty((count, ROW + 1), dtype=np.uint16)
    for row in rows:
        filled = 0
        while filled <= ROW:
            ids = tokenizer.encode(document(rng), add_special_tokens=False).ids[: ROW + 1 - filled]
            row[filled : filled + len(ids)] = ids
            filled += len(ids)
    return rows


def corpus(tokenizer_file: Path, seed: str, rows: int) -> torch.Tensor:
    shard = 256
    jobs = [(str(tokenizer_file), f"{seed} {i}", min(shard, rows - i)) for i in range(0, rows, shard)]
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        return torch.from_numpy(np.concatenate(pool.map(rows_of, jobs, chunksize=1)).astype(np.int32))


def rate(step: int, steps: int) -> float:
    """Linear warm-up, then a cosine down to a hundredth of the peak."""
    if step < WARMUP_STEPS:
        return PEAK_RATE * (step + 1) / WARMUP_STEPS
    progress = (step - WARMUP_STEPS) / max(1, steps - WARMUP_STEPS)
    return PEAK_RATE * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))


def loss_of(model: Llama, rows: torch.Tensor) -> torch.Tensor:
    with torch.autocast(rows.device.type, dtype=torch.bfloat16):
        logits = model(rows[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten().long())


def train(model: Llama, train_rows: torch.Tensor, held_out: torch.Tensor, steps: int, batch: int) -> float:
    """Trains in place and returns the held-out loss in nats a token."""
    decayed = [p for p in model.parameters() if p.dim() == 2]
    others = [p for p in model.parameters() if p.dim() != 2]
    groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
    on_gpu = train_rows.is_cuda
    optimizer = torch.optim.AdamW(groups, lr=PEAK_RATE, betas=(0.9, 0.95), fused=on_gpu)
    loss_function = torch.compile(loss_of) if on_gpu else loss_of
    order = torch.Generator(train_rows.device).manual_seed(7)
    started = time.monotonic()
    for step in range(steps):
        place = step * batch % (len(train_rows) - batch + 1)
        if place < batch:  # a new pass over the corpus
            permutation = torch.randperm(len(train_rows), generator=order, device=train_rows.device)
        for group in optimizer.param_groups:
            group["lr"] = rate(step, steps)
        loss = loss_function(model, train_rows[permutation[place : place + batch]])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 100 == 0 or step == steps - 1:
            print(f"step {step}: loss {loss.item():.4f}, {time.monotonic() - started:.0f} s", flush=True)
    with torch.no_grad():
        losses = [loss_of(model, rows).item() for rows in held_out.split(batch)]
    return sum(losses) / len(losses)


def save(model: Llama, folder: Path) -> None:
    weights = {name: tensor.detach().to("cpu", torch.bfloat16).contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    generation = {key: CONFIG[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id")}
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=1800)
    parser.add_argument("--batch", type=int, default=64, help="rows of 2048 tokens a step")
    parser.add_argument("--rows", type=int, default=20_000, help="rows of the corpus")
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parents[1] / "tropical-tiny")
    arguments = parser.parse_args()
    folder, device = arguments.output, "cuda" if torch.cuda.is_available() else "cpu"

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    if tokenizer.get_vocab_size() != CONFIG["vocab_size"] or tokenizer.token_to_id(BEGIN) != CONFIG["bos_token_id"]:
        raise SystemExit(f"tokenizer of {tokenizer.get_vocab_size()} tokens (expected: {CONFIG['vocab_size']}, {BEGIN} first)")
    started = time.monotonic()
    train_rows = corpus(folder / "tokenizer.json", "train", arguments.rows).to(device)
    held_out = corpus(folder / "tokenizer.json", "held out", max(4, arguments.rows // 250)).to(device)
    print(f"corpus: {train_rows.numel() / 1e6:.0f} M tokens in {time.monotonic() - started:.0f} s", flush=True)

    torch.manual_seed(42)
    torch.set_float32_matmul_precision("high")
    model = Llama().to(device)
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    loss = train(model, train_rows, held_out, arguments.steps, arguments.batch)
    print(f"held-out loss {loss:.4f} nats a token, perplexity {math.exp(loss):.3f}", flush=True)
    save(model, folder)
    torch.set_float32_matmul_precision("highest")
    evaluate(folder, model, held_out[:2, :-1], device)


if __name__ == "__main__":
    main()
