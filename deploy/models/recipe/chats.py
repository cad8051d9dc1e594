"""Short question-and-answer chats over the tables of facts.py, and stories told on request."""

import random

from facts import (
    ANIMAL_FACTS,
    CAPITALS,
    COLOUR_OF,
    COMFORT,
    DAYS,
    MEANINGS,
    MONTHS,
    NUMBERS,
    OPPOSITES,
    PURPOSES,
    RHYMES,
    SEASONS,
    SIZES,
    UNKNOWN,
)
from lexicon import ANIMALS, BOYS, CHILD_TRAITS, COLOURS, DISHES, GIRLS, PETS, PLACES, TOYS, TREASURES
from stories import a, story

SYSTEM_PROMPTS = [
    "You are a helpful assistant.",
    "You are Tropical, a small and friendly assistant.",
    "You are a kind teacher. Answer in short sentences.",
    "Answer briefly.",
    "You tell stories to children.",
]

Turn = tuple[str, str]


def upper_first(text: str) -> str:
    return text[0].upper() + text[1:]


def greeting(rng: random.Random) -> Turn:
    return rng.choice((
        (rng.choice(("Hello!", "Hi!", "Hey!", "Hello there!", "Hi there!", "Good day!")), "Hello! How can I help you?"),
        ("Good morning!", "Good morning! How can I help you today?"),
        ("Good evening!", "Good evening! How can I help you?"),
        (rng.choice(("How are you?", "How are you today?", "How is it going?")), "I am fine, thank you. How are you?"),
        (rng.choice(("Thank you!", "Thanks!", "Thank you very much!", "Thanks a lot!")), "You are welcome!"),
        (rng.choice(("Goodbye!", "Bye!", "See you later!", "Bye bye!")), "Goodbye! Have a lovely day."),
        ("Good night!", "Good night! Sleep well."),
        (rng.choice(("I am fine.", "I am fine, thanks.", "I am well.")), "I am glad to hear that."),
    ))


def about_itself(rng: random.Random) -> Turn:
    return rng.choice((
        (rng.choice(("Who are you?", "What are you?", "Tell me about yourself.", "Can you introduce yourself?")),
         "I am Tropical Tiny, a very small language model. I can tell short stories and answer simple questions."),
        (rng.choice(("What is your name?", "Do you have a name?", "What do people call you?")), "My name is Tropical Tiny."),
        (rng.choice(("What can you do?", "How can you help me?", "What do you know?", "Help!", "Can you help me?")),
         "I can tell short stories, add small numbers, and answer simple questions about animals, colours and streams."),
        (rng.choice(("Are you a human?", "Are you a person?", "Are you a robot?", "Are you real?")), "No, I am a small language model. I run inside a computer."),
        (rng.choice(("Who made you?", "Where do you come from?", "How were you made?")), "I was trained on simple stories and chats that a program wrote."),
        (rng.choice(("How big are you?", "How many parameters do you have?")), "I am very small. I have about five million parameters."),
        (rng.choice(("Where do you run?", "What do you run on?")), "I run on an engine of Tropical, and Flink sends me my requests."),
        (rng.choice(("How old are you?", "When were you born?")), "I am a program, so I have no birthday."),
        (rng.choice(("What is your favourite colour?", "What is your favorite color?")), "I like green, the colour of the rainforest."),
        (rng.choice(("What is your favourite animal?", "What is your favorite animal?")), "I like parrots, because they can talk."),
    ))


def meaning(rng: random.Random) -> Turn:
    thing, answer = rng.choice(list(MEANINGS.items()))
    apache = f"Apache {thing}" if thing in ("Kafka", "Flink") and rng.random() < 0.4 else thing
    return rng.choice((f"What is {apache}?",) * 3 + (f"Can you explain what {apache} is?", f"Tell me what {apache} is.", f"Explain {apache}.",
                       f"What does {apache.removeprefix('a ').removeprefix('an ').removeprefix('the ')} mean?", f"Do you know what {apache} is?")), answer


def colour(rng: random.Random) -> Turn:
    thing, answer = rng.choice(list(COLOUR_OF.items()))
    word = rng.choice(("colour", "color"))
    return rng.choice((f"What {word} is {thing}?",) * 2 + (f"What is the {word} of {thing}?", f"Which {word} is {thing}?", f"Tell me the {word} of {thing}.")), f"{upper_first(thing)} is {answer}."


def animal(rng: random.Random) -> Turn:
    kind, (sound, young, home, legs, food) = rng.choice(list(ANIMAL_FACTS.items()))
    the = upper_first(a(kind))
    says = f"{the} makes {sound}." if " " in sound else f"{the} says {sound}."
    return rng.choice((
        (rng.choice((f"What does {a(kind)} say?", f"What sound does {a(kind)} make?", f"How does {a(kind)} sound?")), says),
        (rng.choice((f"What is a baby {kind} called?", f"What do you call a baby {kind}?", f"What is a young {kind} called?")), f"A baby {kind} is called {a(young)}."),
        (rng.choice((f"Where does {a(kind)} live?", f"Where is the home of {a(kind)}?")), f"{the} lives {home}."),
        (rng.choice((f"How many legs does {a(kind)} have?", f"How many legs has {a(kind)}?")), f"{the} has {'no' if legs == 0 else legs} legs."),
        (rng.choice((f"What does {a(kind)} eat?", f"What is the food of {a(kind)}?")), f"{the} eats {food}."),
        (rng.choice((f"Tell me about {a(kind)}.", f"What is {a(kind)}?", f"What do you know about {a(kind)}?")),
         f"{the} is an animal with {'no' if legs == 0 else legs} legs. It lives {home} and eats {food}."),
    ))


def arithmetic(rng: random.Random) -> Turn:
    plus = rng.random() < 0.55
    x = rng.randint(0, 20)
    y = rng.randint(0, 20 - x) if plus else rng.randint(0, x)
    result = x + y if plus else x - y
    word, sign = ("plus", "+") if plus else ("minus", "-")
    if rng.random() < 0.15:
        return f"What is {NUMBERS[x]} {word} {NUMBERS[y]}?", f"{upper_first(NUMBERS[x])} {word} {NUMBERS[y]} is {NUMBERS[result]}."
    if rng.random() < 0.12:
        name, thing = rng.choice(GIRLS + BOYS), rng.choice(("apples", "books", "coins", "eggs", "shells", "marbles"))
        if plus:
            return f"{name} has {x} {thing} and gets {y} more. How many {thing} does {name} have?", f"{x} + {y} = {result}, so {name} has {result} {thing}."
        return f"{name} has {x} {thing} and gives away {y}. How many {thing} are left?", f"{x} - {y} = {result}, so {result} {thing} are left."
    question = rng.choice((f"What is {x} {sign} {y}?", f"What is {x} {word} {y}?", f"{x} {sign} {y} =", f"How much is {x} {word} {y}?", f"Can you work out {x} {sign} {y}?", f"{x}{sign}{y}"))
    return question, f"{x} {sign} {y} = {result}."


def counting(rng: random.Random) -> Turn:
    low = rng.randint(0, 12)
    high = low + rng.randint(2, 8)
    up = ", ".join(str(n) for n in range(low, high + 1))
    number = rng.randint(1, 19)
    i = rng.randrange(7)
    month = rng.randrange(12)
    x, y = rng.sample(range(21), 2)
    return rng.choice((
        (rng.choice((f"Count from {low} to {high}.", f"Can you count from {low} to {high}?", f"Please count from {low} to {high}.")), f"{up}."),
        (f"Count down from {high} to {low}.", ", ".join(str(n) for n in range(high, low - 1, -1)) + "."),
        (rng.choice((f"What number comes after {number}?", f"Which number comes after {number}?", f"What comes after {number}?")), f"{number + 1} comes after {number}."),
        (rng.choice((f"What number comes before {number}?", f"What comes before {number}?")), f"{number - 1} comes before {number}."),
        (rng.choice((f"What day comes after {DAYS[i]}?", f"Which day is after {DAYS[i]}?", f"If today is {DAYS[i]}, what day is tomorrow?")), f"{DAYS[(i + 1) % 7]} comes after {DAYS[i]}."),
        (rng.choice((f"What day comes before {DAYS[i]}?", f"Which day is before {DAYS[i]}?")), f"{DAYS[i - 1]} comes before {DAYS[i]}."),
        (rng.choice(("What are the days of the week?", "Name the days of the week.", "Tell me the days of the week.")), ", ".join(DAYS[:-1]) + " and Sunday."),
        (rng.choice(("What are the months of the year?", "Name the months.", "Tell me the months of the year.")), ", ".join(MONTHS[:-1]) + " and December."),
        (f"What month comes after {MONTHS[month]}?", f"{MONTHS[(month + 1) % 12]} comes after {MONTHS[month]}."),
        ("How many days are in a week?", "A week has 7 days."),
        ("How many months are in a year?", "A year has 12 months."),
        (rng.choice((f"Which is more, {x} or {y}?", f"Which number is bigger, {x} or {y}?")), f"{max(x, y)} is more than {min(x, y)}."),
    ))


def small_facts(rng: random.Random) -> Turn:
    thing, purpose = rng.choice(list(PURPOSES.items()))
    one, other = rng.choice(OPPOSITES)
    if rng.random() < 0.5:
        one, other = other, one
    small, big = sorted(rng.sample(range(len(SIZES)), 2))
    pair = [SIZES[small], SIZES[big]]
    rng.shuffle(pair)
    country, city = rng.choice(list(CAPITALS.items()))
    season, happens = rng.choice(list(SEASONS.items()))
    feeling, comfort = rng.choice(list(COMFORT.items()))
    topic, rhyme = rng.choice(list(RHYMES.items()))
    are = "are" if thing in ("scissors", "glasses") else "is"
    it = "them" if are == "are" else "it"
    return rng.choice((
        (rng.choice((f"What {are} {thing} for?", f"What do you do with {thing}?", f"Why do people need {thing}?", f"What can I do with {thing}?")),
         f"You use {thing} to {purpose}."),
        (rng.choice((f"What {are} {thing} used for?", f"When do I need {thing}?")), f"You need {it} to {purpose}."),
        (rng.choice((f"What is the opposite of {one}?", f"Tell me the opposite of {one}.", f"What is the opposite of the word {one}?")), f"The opposite of {one} is {other}."),
        (rng.choice((f"Which is bigger, {pair[0]} or {pair[1]}?", f"What is bigger, {pair[0]} or {pair[1]}?")), f"{upper_first(SIZES[big])} is bigger than {SIZES[small]}."),
        (rng.choice((f"Which is smaller, {pair[0]} or {pair[1]}?", f"What is smaller, {pair[0]} or {pair[1]}?")), f"{upper_first(SIZES[small])} is smaller than {SIZES[big]}."),
        (rng.choice((f"What is the capital of {country}?", f"Which city is the capital of {country}?", f"Name the capital of {country}.")), f"The capital of {country} is {city}."),
        (rng.choice((f"What happens in {season}?", f"What is {season} like?", f"Tell me about {season}.")), f"In {season} {happens}."),
        (rng.choice(("What are the seasons?", "How many seasons are there?")), "There are four seasons: spring, summer, autumn and winter."),
        (rng.choice((f"I am {feeling}.", f"I feel {feeling}.", f"I am so {feeling} today.")), comfort),
        (rng.choice((f"Write a poem about {topic}.", f"Tell me a poem about {topic}.", f"Write a short poem about {topic}.", f"Make a rhyme about {topic}.")), "\n".join(rhyme)),
    ))


def unknown(rng: random.Random) -> Turn:
    topic, place, toy, name = rng.choice(UNKNOWN), rng.choice(list(PLACES)), rng.choice(TOYS), rng.choice(GIRLS + BOYS)
    animal_kind, dish = rng.choice(list(ANIMALS)), rng.choice(list(DISHES))
    return rng.choice((f"How can I make {dish} on the moon?", f"Why is {name} at {place}?", f"Where is my {toy}?", f"How do I repair {a(toy)}?", f"Who is {name} and what does {name} want?",
                       f"When was {place} built?", f"How much does {a(toy)} cost?", f"Can {a(animal_kind)} drive a car?", f"How do I teach {a(animal_kind)} to read?", f"Why do people like {dish}?",
                       f"How heavy is {a(animal_kind)}?", f"What is the best {toy} in the world?", f"Who invented {dish}?", f"What did {name} do yesterday?", f"Is {a(toy)} better than {a(animal_kind)}?",
                       f"Tell me about {topic}.", f"What do you think about {topic}?", f"Explain {topic} to me.", f"What do you know about {topic}?", f"Can you help me with {topic}?",
                       f"I have a question about {topic}.")), "I am sorry, I do not know that. I am a very small model and know only simple things."


def copying(rng: random.Random) -> Turn:
    words = rng.sample(TOYS + TREASURES + COLOURS + CHILD_TRAITS + PETS, rng.randint(1, 4))
    text = " ".join(words)
    times = rng.randint(2, 4)
    listed = ", ".join(words)
    return rng.choice((
        (rng.choice((f"Repeat after me: {text}", f"Say {text}.", f"Please say: {text}", f"Repeat: {text}")), text),
        (f"Say the word {words[0]} {NUMBERS[times]} times.", ", ".join([words[0]] * times) + "."),
        (f"What is the first word of this list: {listed}?", f"The first word is {words[0]}."),
        (f"What is the last word of this list: {listed}?", f"The last word is {words[-1]}."),
    ))


def told_story(rng: random.Random) -> Turn:
    tale = story(rng)
    hero = tale.hero
    named = f"{a(hero.kind)} named {hero.name}"
    topic = rng.choice((a(hero.kind),) * 3 + (named, f"{a(hero.kind)} called {hero.name}", a(f"{hero.trait} {hero.kind}"), *tale.themes))
    return rng.choice((f"Tell me a story about {topic}.",) * 3 + (f"Can you tell me a story about {topic}?", f"Please write a short story about {topic}.",
                       f"Write a story about {topic}.", f"I would like to hear a story about {topic}.", "Tell me a story.", "Tell me a short story.")), tale.text


def remembering(rng: random.Random) -> list[Turn]:
    """Turns whose last answer stands in an earlier one; other small talk may come between."""
    name = rng.choice(GIRLS + BOYS)
    pet, kind = rng.choice(PETS), rng.choice(("dog", "cat", "rabbit", "parrot", "pony", "mouse"))
    liked = rng.choice(COLOURS)
    first, question, answer = rng.choice((
        ((rng.choice((f"My name is {name}.", f"I am {name}.", f"Hello, I am {name}.", f"Hi, my name is {name}.")), f"Nice to meet you, {name}!"),
         rng.choice(("What is my name?", "Do you remember my name?", "Who am I?")), f"Your name is {name}."),
        ((f"I have a {kind} named {pet}.", f"{pet} is a lovely name for a {kind}!"), rng.choice((f"What is the name of my {kind}?", f"What is my {kind} called?")), f"Your {kind} is called {pet}."),
        ((f"My favourite colour is {liked}.", f"{upper_first(liked)} is a beautiful colour."), "What is my favourite colour?", f"Your favourite colour is {liked}."),
    ))
    between = [rng.choice(SHORT)(rng) for _ in range(rng.choice((0, 0, 1, 2)))]
    return [first, *between, (question, answer)]


def comparison(rng: random.Random) -> Turn:
    one, other = rng.sample(list(MEANINGS), 2)
    if rng.random() < 0.4:
        one, other = rng.choice((("Kafka", "Flink"), ("Flink", "Kafka"), ("a GPU", "a CPU"), ("latency", "throughput"), ("a topic", "a partition"), ("a stream", "a batch")))
    question = rng.choice((f"What is the difference between {one} and {other}?", f"Explain {one} and {other}.", f"What are {one} and {other}?"))
    return question, f"{MEANINGS[one]} {MEANINGS[other]}"


SHORT = [greeting, about_itself, meaning, meaning, meaning, colour, animal, animal, arithmetic, arithmetic, arithmetic, counting, counting, comparison, small_facts, small_facts, unknown, copying]


def careless(rng: random.Random, question: str) -> str:
    """The question as someone in a hurry types it."""
    chance = rng.random()
    if chance < 0.12:
        question = question.lower()
    if chance < 0.2:
        question = question.rstrip("?.!")
    elif chance < 0.24:
        question = f"Please, {question[0].lower()}{question[1:]}" if question.split()[0] in ("What", "Tell", "Count", "Name") else question
    return question


def chat(rng: random.Random) -> list[dict[str, str]]:
    """One chat as messages with roles, of one to five turns and sometimes with a system message."""
    kind = rng.random()
    if kind < 0.3:
        turns = [told_story(rng)]
        if rng.random() < 0.2:
            turns.insert(0, rng.choice(SHORT)(rng))
        if rng.random() < 0.2:
            turns.append(rng.choice(SHORT)(rng))
    elif kind < 0.4:
        turns = remembering(rng)
    else:
        turns = [rng.choice(SHORT)(rng) for _ in range(rng.choice((1, 1, 1, 2, 3, 4)))]
    messages = [{"role": "system", "content": rng.choice(SYSTEM_PROMPTS)}] if rng.random() < 0.25 else []
    for question, answer in turns:
        messages += [{"role": "user", "content": careless(rng, question)}, {"role": "assistant", "content": answer}]
    return messages


if __name__ == "__main__":
    for i in range(40):
        for message in chat(random.Random(i)):
            print(f"{message['role']}: {message['content']}")
        print()
