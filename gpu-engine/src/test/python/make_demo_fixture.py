"""Makes ../resources/fixtures/demo: what transformers writes with the demo model, and how its tokenizer splits text.

    python make_demo_fixture.py

Greedy decoding in float32 (CPU, eager attention) from the bf16 weights of deploy/models/tropical-tiny, at most 120 new
tokens. See ../resources/fixtures/README.md for the layout.
"""

import hashlib
import json
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

import reference_forward
from make_fixtures import FIXTURES, check, collapse_lists

MODEL = Path(__file__).resolve().parents[4] / "deploy" / "models" / "tropical-tiny"
LIMIT = 120
MIN_ROBUST = 20  # tokens before the first near tie
MIN_GAP = 2e-4  # of the largest |logit|; float32 engines differ by 1e-5. The stories have many equally good wordings.
PROMPTS = ["Once upon a time", "There once was a brave dragon", "Long ago, in a small village,", "A book of three stories"]
CHATS = [
    [{"role": "user", "content": "What is Flink?"}],
    [{"role": "system", "content": "You are a helpful assistant."}, {"role": "user", "content": "What is 7 + 8?"}],
    [
        {"role": "user", "content": "Hi, my name is Nora."},
        {"role": "assistant", "content": "Nice to meet you, Nora!"},
        {"role": "user", "content": "What is my name?"},
    ],
    [{"role": "user", "content": "Tell me a story about a dog."}],
]
ROUND_TRIPS = [
    "",
    " ",
    "Hello, world!",
    "Once upon a time, there was a little fox.",
    "   three leading spaces",
    "trailing spaces   ",
    "tabs\tand\nnewlines\n\n\nand\r\nmore \n",
    "It's 12345 o'clock; don't worry, we'll wait. I'VE SAID SO!",
    "naïve café, Ærøskøbing, Straße, žluťoučký kůň",
    "e\u0301 is not \u00e9",
    "东京今天下雨。你好，世界！",
    "日本語のテキストとカタカナ",
    "한국어 문장",
    "Привет, мир! مرحبا",
    "🦜🌴 parrots 👩‍👩‍👧‍👦 and 🇳🇴 flags 👍🏽",
    "zero\u200bwidth, bom \ufeff, nul \u0000 and \u2028 line separator",
    'for (int i = 0; i < n; i++) { sum += x[i] * 0.5f; } // {"a": [1, 2.5e-3]}',
    "https://example.org/a?b=c&d=%20e#f",
    "<|im_start|>user\nspecial tokens inside text<|im_end|>\n",
    "<|im_start|not special|>",
]


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def generate(model, tokenizer, tokens: list[int]) -> dict:
    output = model.generate(
        torch.tensor([tokens]), attention_mask=torch.ones(1, len(tokens), dtype=torch.long), max_new_tokens=LIMIT,
        do_sample=False, return_dict_in_generate=True, output_logits=True)
    greedy = output.sequences[0, len(tokens) :].tolist()
    logits = torch.cat(output.logits)
    best = logits.topk(2).values
    gaps = ((best[:, 0] - best[:, 1]) / logits.abs().amax(-1)).tolist()
    robust = next((i for i, gap in enumerate(gaps) if gap < MIN_GAP), len(gaps))
    ended = greedy[-1] in model.generation_config.eos_token_id
    text = tokenizer.decode(greedy, skip_special_tokens=True)
    check(len(greedy) > 2 and (ended or len(greedy) == LIMIT), f"{len(greedy)} tokens after {tokenizer.decode(tokens)!r}")
    check(robust >= MIN_ROBUST or robust == len(gaps), f"a near tie at token {robust} after {tokenizer.decode(tokens)!r}")
    exact = reference_forward.forward(MODEL, tokens + greedy[:-1])[len(tokens) - 1 :]
    check(exact.argmax(-1).tolist()[:robust] == greedy[:robust], f"float64 disagrees after {tokenizer.decode(tokens)!r}")
    return {
        "greedy": greedy,
        "text": text,
        "finishReason": "stop" if ended else "length",
        "robustTokens": robust,
        "relativeGaps": [round(gap, 6) for gap in gaps],
    }


def main() -> None:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_grad_enabled(False)
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32, attn_implementation="eager").eval()

    completions, chats, round_trips = [], [], []
    for prompt in PROMPTS:
        tokens = tokenizer.encode(prompt)
        check(tokens[0] == tokenizer.bos_token_id, f"first token {tokens[0]} (expected: {tokenizer.bos_token_id})")
        completions.append({"prompt": prompt, "promptTokens": tokens} | generate(model, tokenizer, tokens))
    for messages in CHATS:
        rendered = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        tokens = tokenizer.encode(rendered, add_special_tokens=False)
        direct = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
        check(tokens == direct, f"tokens of {rendered!r} (expected: {direct})")
        chats.append({"messages": messages, "rendered": rendered, "promptTokens": tokens} | generate(model, tokenizer, tokens))
    for text in ROUND_TRIPS:
        tokens = tokenizer.encode(text, add_special_tokens=False)
        check(tokenizer.decode(tokens, skip_special_tokens=False) == text, f"round trip of {text!r}")
        round_trips.append({"text": text, "tokens": tokens})

    folder = FIXTURES / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    first = model(torch.tensor([completions[0]["promptTokens"]])).logits[0]
    save_file({"prompt.0": first.contiguous()}, folder / "expected.safetensors")
    expected = {
        "model": "deploy/models/tropical-tiny",
        "modelSha256": sha256(MODEL / "model.safetensors"),
        "tokenizerSha256": sha256(MODEL / "tokenizer.json"),
        "computedBy": f"transformers {transformers.__version__}, torch {torch.__version__}, float32, eager, CPU",
        "maxNewTokens": LIMIT,
        "completions": completions,
        "chats": chats,
        "roundTrips": round_trips,
    }
    text = json.dumps(expected, indent=2, ensure_ascii=True)
    (folder / "expected.json").write_text(collapse_lists(text) + "\n")
    for entry in completions + chats:
        print(f"{entry['finishReason']}, {len(entry['greedy'])} tokens, {entry['robustTokens']} robust: {entry['text']!r}")


if __name__ == "__main__":
    main()
