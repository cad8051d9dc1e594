"""Training documents as text with special tokens: single stories, books of several stories, and chats."""

import random

from chats import chat
from facts import NUMBERS
from stories import story

BEGIN, END, TURN_START, TURN_END = "<|begin_of_text|>", "<|end_of_text|>", "<|im_start|>", "<|im_end|>"

# Literal newlines and no whitespace control, so that every Jinja implementation renders it alike.
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% endif %}"
)


def render(messages: list[dict[str, str]], add_generation_prompt: bool = False) -> str:
    """What CHAT_TEMPLATE renders."""
    turns = "".join(f"{TURN_START}{m['role']}\n{m['content']}{TURN_END}\n" for m in messages)
    return BEGIN + turns + (f"{TURN_START}assistant\n" if add_generation_prompt else "")


def book(rng: random.Random) -> str:
    count = rng.randint(3, 8)
    tales = (f"Story {i + 1}\n\n{story(rng).text}" for i in range(count))
    return f"A book of {NUMBERS[count]} stories\n\n" + "\n\n".join(tales)


def document(rng: random.Random) -> str:
    """A document of 100 to 1500 tokens: by number 40 % stories, 56 % chats and 4 % books."""
    kind = rng.random()
    if kind < 0.40:
        return BEGIN + story(rng).text + END
    if kind < 0.96:
        return render(chat(rng)) + END
    return BEGIN + book(rng) + END
