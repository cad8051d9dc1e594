"""Checks a saved model as transformers loads it, and prints what it writes.

    python evaluate.py [../tropical-tiny]

Chats must be answered with exactly the expected words, and sampled stories must end by themselves with no more names
than a plot has (a wandering story brings in new ones).
"""

import random
import re
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from chats import SHORT, remembering
from corpus import BEGIN, TURN_END, render
from lexicon import BOYS, GIRLS, PETS

PROMPTS = ["Once upon a time", "A book of three stories", "One rainy day, a dragon named Ziggy", "Long ago, in a small village,"]
QUESTIONS = [
    "Hello!", "What is Flink?", "what is kafka", "What is a stream?", "What is 7 + 8?", "What colour is the sky?", "What does a cow say?",
    "What is an umbrella for?", "Tell me a story about a dog.", "Tell me a story about a brave dragon.", "Tell me a story about a lost red ball.", "Write a poem about the sea.",
    "How can I bake bread on the moon?",
]


class Writer:
    def __init__(self, folder: Path, device: str):
        self.tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).to(device).eval()

    def write(self, prompts: list[str], limit: int, **sampling) -> list[list[int]]:
        """The tokens that follow each prompt, up to and with the one that ends it, if one does within the limit."""
        inputs = self.tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False).to(self.model.device)
        sampling = sampling or {"do_sample": False}
        output = self.model.generate(**inputs, max_new_tokens=limit, **sampling)[:, inputs["input_ids"].shape[1] :].tolist()
        ends = self.model.generation_config.eos_token_id
        return [row[: next((i + 1 for i, token in enumerate(row) if token in ends), len(row))] for row in output]

    def ended(self, tokens: list[int]) -> bool:
        return tokens[-1] in self.model.generation_config.eos_token_id

    def text(self, tokens: list[int]) -> str:
        return self.tokenizer.decode(tokens, skip_special_tokens=True)


def chat_accuracy(writer: Writer, count: int = 400) -> float:
    """The share of held-out chats whose last answer is word for word the expected one."""
    rng, prompts, answers = random.Random("chat accuracy"), [], []
    for _ in range(count):
        *earlier, (question, answer) = remembering(rng) if rng.random() < 0.2 else [rng.choice(SHORT[1:])(rng)]
        messages = []
        for user, assistant in earlier:
            messages += [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]
        prompts.append(render(messages + [{"role": "user", "content": question}], add_generation_prompt=True))
        answers.append(answer)
    given = [writer.text(tokens) for tokens in writer.write(prompts, 80)]
    wrong = [(prompt, answer) for prompt, answer, right in zip(prompts, given, answers) if answer != right]
    for prompt, answer in wrong[:8]:
        print(f"  not as expected: {prompt.split('user')[-1]!r} -> {answer!r}")
    return 1 - len(wrong) / count


def story_quality(writer: Writer, count: int = 200) -> tuple[float, float]:
    """The shares of sampled stories that end by themselves, and that have at most two names in them."""
    torch.manual_seed(1)
    stories = writer.write([BEGIN + "Once upon a time"] * count, 600, do_sample=True, temperature=0.8, top_k=0)
    names = set(GIRLS + BOYS + PETS)
    steady = [len(names & set(re.findall(r"[A-Z][a-z]+", writer.text(tokens)))) <= 2 for tokens in stories]
    return sum(map(writer.ended, stories)) / count, sum(steady) / count


def print_samples(writer: Writer) -> None:
    prompts = [BEGIN + prompt for prompt in PROMPTS]
    prompts += [render([{"role": "user", "content": question}], add_generation_prompt=True) for question in QUESTIONS]
    for prompt, tokens in zip(PROMPTS + QUESTIONS, writer.write(prompts, 700)):
        print(f"\n[greedy, {len(tokens)} tokens, {'ended' if writer.ended(tokens) else 'CUT'}] {prompt}\n-> {writer.text(tokens)}")
    torch.manual_seed(2)
    for temperature in (0.7, 1.0):
        for tokens in writer.write(prompts[:1] * 2, 400, do_sample=True, temperature=temperature, top_k=0):
            print(f"\n[temperature {temperature}, {len(tokens)} tokens] {PROMPTS[0]}\n-> {writer.text(tokens)}")


@torch.no_grad()
def evaluate(folder: Path, trained=None, rows: torch.Tensor | None = None, device: str = "cpu", strict: bool = True) -> None:
    writer = Writer(folder, device)
    if trained is not None:
        # transformers' Llama on the saved bf16 weights against the trained one with the same rounding.
        trained.load_state_dict({name: tensor.bfloat16().float() for name, tensor in trained.state_dict().items()})
        expected, actual = trained(rows), writer.model(rows.long()).logits
        difference = float((expected - actual).abs().max())
        print(f"largest logit difference from transformers' Llama: {difference:.1e}")
        if difference > 1e-2:
            raise SystemExit(f"transformers' Llama differs by {difference:.1e} (expected: <= 1e-2)")
    accuracy = chat_accuracy(writer)
    ended, steady = story_quality(writer)
    print(f"chats answered as expected: {accuracy:.1%}; sampled stories ended: {ended:.1%}, with at most two names: {steady:.1%}")
    print_samples(writer)
    if strict and min(accuracy, ended, steady) < 0.9:
        raise SystemExit("below 90 % (expected: each share >= 90 %)")


if __name__ == "__main__":
    evaluate(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "tropical-tiny")
