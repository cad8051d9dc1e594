"""The plain PyTorch peer: what a good engineer writes in an hour, to be timed beside the engine in the same run.

Llama 3 8B's dimensions (--20b: InternLM2.5 20B's), random bf16 weights, fused QKV and gate/up weights, flash attention
with grouped heads over a static contiguous KV cache, greedy argmax, the whole decode step in one CUDA graph; with
--compile each layer is torch.compile'd first. No paging, no sampling, no scheduling, no server.

  python3 torch_peer.py [--20b] [--compile] 1x1024 16x1024 ...
  python3 torch_peer.py [--20b] --attention 2048 8192 ...     cuDNN's causal attention of one prompt, a layer's
"""

import sys

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

IS_20B = "--20b" in sys.argv
LAYERS, HIDDEN, INTERMEDIATE, HEADS, VOCAB = (48, 6144, 16384, 48, 92544) if IS_20B else (32, 4096, 14336, 32, 128256)
KV_HEADS, DIM = 8, 128
STEPS = 50
ATTENTIONS = 10
PREFIX = "20b-" if IS_20B else ""


def weight(rows, cols):
    return torch.randn(rows, cols, device="cuda", dtype=torch.bfloat16) / cols**0.5


def norm(x, scale):
    return F.rms_norm(x, (HIDDEN,), scale, 1e-5)


def rotate(x, cos, sin):
    left, right = x.chunk(2, -1)
    return torch.cat((left * cos - right * sin, right * cos + left * sin), -1)


def layer(x, w, keys, values, position, cos, sin):
    batch = x.shape[0]
    qkv = F.linear(norm(x, w["norm1"]), w["qkv"]).view(batch, HEADS + 2 * KV_HEADS, 1, DIM)
    q, k, v = qkv.split((HEADS, KV_HEADS, KV_HEADS), 1)
    keys.index_copy_(2, position, rotate(k, cos, sin))
    values.index_copy_(2, position, v)
    attended = F.scaled_dot_product_attention(rotate(q, cos, sin), keys, values, enable_gqa=True)
    x = x + F.linear(attended.view(batch, HEADS * DIM), w["out"])
    gate, up = F.linear(norm(x, w["norm2"]), w["gate_up"]).chunk(2, -1)
    return x + F.linear(F.silu(gate) * up, w["down"])


def milliseconds(work, times):
    work()
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    for _ in range(times):
        work()
    end.record()
    torch.cuda.synchronize()
    return begin.elapsed_time(end) / times


def attention(lengths):
    for length in map(int, lengths):
        q, k, v = (torch.randn(1, HEADS, length, DIM, device="cuda", dtype=torch.bfloat16) for _ in range(3))
        # In a graph, as short ones would take as long as their launch.
        graph = torch.cuda.CUDAGraph()
        with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
            F.scaled_dot_product_attention(q, k, v, is_causal=True)
            torch.cuda.synchronize()
            with torch.cuda.graph(graph):
                for _ in range(ATTENTIONS):
                    F.scaled_dot_product_attention(q, k, v, is_causal=True)
        time = milliseconds(graph.replay, 5) / ATTENTIONS
        print(f"RESULT torch-cudnn.{PREFIX}attention-{length}-ms={time:.4f}", flush=True)


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    if "--attention" in sys.argv:
        attention(arguments)
        return
    run_layer = torch.compile(layer, dynamic=False) if "--compile" in sys.argv else layer
    ones = torch.ones(HIDDEN, device="cuda", dtype=torch.bfloat16)
    layers = [
        {
            "norm1": ones,
            "norm2": ones,
            "qkv": weight((HEADS + 2 * KV_HEADS) * DIM, HIDDEN),
            "out": weight(HIDDEN, HEADS * DIM),
            "gate_up": weight(2 * INTERMEDIATE, HIDDEN),
            "down": weight(HIDDEN, INTERMEDIATE),
        }
        for _ in range(LAYERS)
    ]
    table = weight(VOCAB, HIDDEN)
    head = weight(VOCAB, HIDDEN)
    for argument in arguments:
        batch, context = map(int, argument.split("x"))
        shape = (LAYERS, 2, batch, KV_HEADS, context, DIM)
        cache = torch.randn(shape, device="cuda", dtype=torch.bfloat16)
        ids = torch.randint(VOCAB, (batch,), device="cuda")
        position = torch.tensor([context - 1], device="cuda")
        angle = torch.rand(DIM // 2, device="cuda")
        cos, sin = angle.cos().bfloat16(), angle.sin().bfloat16()

        def step():
            x = table[ids]
            for i, w in enumerate(layers):
                x = run_layer(x, w, cache[i, 0], cache[i, 1], position, cos, sin)
            ids.copy_(F.linear(norm(x, ones), head).argmax(-1))

        with torch.no_grad():
            stream = torch.cuda.Stream()
            with torch.cuda.stream(stream):
                for _ in range(3):
                    step()
            torch.cuda.synchronize()
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                step()
            time = milliseconds(graph.replay, STEPS)
        kind = "compiled" if "--compile" in sys.argv else "graph"
        print(f"RESULT torch-{kind}.{PREFIX}decode-{argument}-ms={time:.3f}", flush=True)
        del graph, cache


main()
