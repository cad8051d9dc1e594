"""The plain PyTorch peer: what a good engineer writes in an hour, to be timed beside the engine in the same run.

Llama 3 8B's dimensions, random bf16 weights, fused QKV and gate/up weights, flash attention with grouped heads over a
static contiguous KV cache, greedy argmax, the whole decode step in one CUDA graph; with --compile each layer is
torch.compile'd first. No paging, no sampling, no scheduling, no server.

  python3 torch_peer.py [--compile] 1x1024 16x1024 ...
"""

import sys
import torch
import torch.nn.functional as F

LAYERS, HIDDEN, INTERMEDIATE, HEADS, KV_HEADS, DIM, VOCAB = 32, 4096, 14336, 32, 8, 128, 128256
STEPS = 50


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


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
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
            graph.replay()
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            for _ in range(STEPS):
                graph.replay()
            end.record()
            torch.cuda.synchronize()
        kind = "compiled" if "--compile" in sys.argv else "graph"
        print(f"RESULT torch-{kind}.decode-{argument}-ms={begin.elapsed_time(end) / STEPS:.3f}", flush=True)
        del graph, cache


main()
