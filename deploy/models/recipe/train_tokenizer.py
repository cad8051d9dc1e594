"""Trains the byte-level BPE tokenizer on the generated corpus and writes tokenizer.json and tokenizer_config.json.

    python train_tokenizer.py [--output ../tropical-tiny]
"""

import argparse
import json
import random
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

from chats import chat
from corpus import BEGIN, CHAT_TEMPLATE, END, TURN_END, TURN_START, document, render

VOCABULARY = 3072
DOCUMENTS = 60_000
SPECIAL_TOKENS = [BEGIN, END, TURN_START, TURN_END]
# Llama 3's split, with digits one by one so that small sums are learnt by digit.
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
ROUND_TRIPS = ["", " ", "Once upon a time", "  two spaces\n\n\tand a tab ", "naïve café, Ærø, Straße", "東京は今日も雨です。", "안녕 мир", "🦜🌴 👩‍👩‍👧 ok", "\u0000\u200b\ufeff", "x=1;\r\n"]


def train() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(SPLIT), behavior="isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIAL_TOKENS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = (document(random.Random(f"tokenizer {i}")) for i in range(DOCUMENTS))
    tokenizer.train_from_iterator((strip_special(text) for text in texts), trainer)
    begin = tokenizer.token_to_id(BEGIN)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{BEGIN} $A", pair=f"{BEGIN} $A {BEGIN} $B", special_tokens=[(BEGIN, begin)])
    return tokenizer


def strip_special(text: str) -> str:
    for token in SPECIAL_TOKENS:
        text = text.replace(token, "")
    return text


def save(tokenizer: Tokenizer, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    added = {
        str(tokenizer.token_to_id(token)): {
            "content": token, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
        for token in SPECIAL_TOKENS
    }
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": BEGIN,
        "eos_token": END,
        "pad_token": END,
        "added_tokens_decoder": added,
        "clean_up_tokenization_spaces": False,
        "model_input_names": ["input_ids", "attention_mask"],
        "model_max_length": 2048,
        "chat_template": CHAT_TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def check(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if len(tokenizer) != VOCABULARY:
        raise SystemExit(f"vocabulary: {len(tokenizer)} (expected: {VOCABULARY}); the corpus is too small or too uniform")
    stories = [document(random.Random(f"held out {i}")) for i in range(200)]
    for text in ROUND_TRIPS + stories:
        ids = tokenizer.encode(text, add_special_tokens=False)
        if tokenizer.decode(ids, skip_special_tokens=False) != text:
            raise SystemExit(f"does not survive a round trip: {text!r}")
    for i in range(200):
        messages = chat(random.Random(f"template {i}"))
        for prompt in (False, True):
            rendered = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
            if rendered != render(messages, prompt):
                raise SystemExit(f"the chat template renders {rendered!r}, the corpus {render(messages, prompt)!r}")
    held_out = [strip_special(text) for text in stories]
    characters = sum(map(len, held_out)) / sum(len(tokenizer.encode(text)) for text in held_out)
    print(f"vocabulary {VOCABULARY}, {characters:.2f} characters a token")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parents[1] / "tropical-tiny")
    output = parser.parse_args().output
    save(train(), output)
    check(output)
