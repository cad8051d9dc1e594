"""Short English stories from a grammar of plots. A plot fixes who, where, what goes wrong and how it ends; each sentence
has several wordings, so that two stories seldom share more than a few sentences while each one stays consistent.
"""

import random
from dataclasses import dataclass, field

from lexicon import (
    ADULTS,
    ANIMAL_TRAITS,
    ANIMALS,
    BOYS,
    CHILD_TRAITS,
    COLOURS,
    DISHES,
    FLOWERS,
    FRUIT,
    GIRLS,
    GIVERS,
    HELPERS,
    NOISES,
    PETS,
    PLACES,
    PROJECTS,
    SKILLS,
    TOYS,
    TREASURES,
    VEGETABLES,
)

FINE_WEATHER = ("sunny", "bright", "warm", "cool", "quiet")
PRONOUNS = {"she": ("she", "her", "her"), "he": ("he", "him", "his")}


PREPOSITIONS = {"the beach": "at", "the farm": "on", "the playground": "at", "the market": "at", "the harbour": "at", "the lake": "at"}


def a(noun: str) -> str:
    return ("an " if noun[0] in "aeiou" else "a ") + noun


@dataclass(frozen=True)
class Hero:
    name: str
    kind: str
    trait: str
    pronoun: str

    @property
    def is_child(self) -> bool:
        return self.kind in ("girl", "boy")


def random_hero(rng: random.Random, animals_only: bool = False, other_than: Hero | None = None) -> Hero:
    while True:
        if not animals_only and rng.random() < 0.5:
            kind = rng.choice(("girl", "boy"))
            name = rng.choice(GIRLS if kind == "girl" else BOYS)
            hero = Hero(name, kind, rng.choice(CHILD_TRAITS), "she" if kind == "girl" else "he")
        else:
            trait = rng.choice(ANIMAL_TRAITS)
            hero = Hero(rng.choice(PETS), rng.choice(list(ANIMALS)), trait, rng.choice(("she", "he")))
        if other_than is None or (hero.name != other_than.name and hero.kind != other_than.kind):
            return hero


@dataclass
class Tale:
    """One story while it is told: its random choices, its cast as format slots, and its paragraphs so far."""

    rng: random.Random
    slots: dict[str, str] = field(default_factory=dict)
    paragraphs: list[list[str]] = field(default_factory=lambda: [[]])
    themes: list[str] = field(default_factory=list)
    hero: Hero | None = None

    def cast(self, role: str, hero: Hero) -> Hero:
        """Adds NAME, NAME_kind and the pronouns as slots: {h} {h_he} {h_him} {h_his} {h_He} {h_His}."""
        he, him, his = PRONOUNS[hero.pronoun]
        words = {"": hero.name, "_kind": hero.kind, "_trait": hero.trait, "_he": he, "_him": him, "_his": his}
        words |= {"_He": he.capitalize(), "_His": his.capitalize(), "_a": a(f"{hero.trait} {hero.kind}"), "_akind": a(hero.kind)}
        words["_A"] = words["_a"].capitalize()
        self.slots |= {role + suffix: word for suffix, word in words.items()}
        return hero

    def put(self, **slots: str) -> None:
        if "place" in slots:
            slots["at_place"] = f"{PREPOSITIONS.get(slots['place'], 'in')} {slots['place']}"
        self.slots |= slots
        self.slots |= {key.capitalize(): value[0].upper() + value[1:] for key, value in slots.items()}

    def pick(self, options):
        return self.rng.choice(list(options))

    def say(self, *options: str) -> None:
        sentence = self.pick(options).format(**self.slots)
        self.paragraphs[-1].append(sentence)
        starts_day = sentence.startswith(self.slots.get("day", "\0")) and not {"when", "while"} & set(sentence.split())
        if starts_day and '"' not in sentence and self.slots["day"].split()[1] in FINE_WEATHER and self.rng.random() < 0.6:
            scenery(self)

    def maybe(self, *options: str, chance: float = 0.5) -> None:
        if self.rng.random() < chance:
            self.say(*options)

    def paragraph(self) -> None:
        self.paragraphs.append([])

    def text(self) -> str:
        return "\n\n".join(" ".join(sentences) for sentences in self.paragraphs)

    def open(self) -> None:
        """The first sentences: who the hero is and where the hero lives."""
        home, food = ANIMALS.get(self.hero.kind, ("", ""))
        if self.hero.is_child:
            home = self.pick(("a small village", "a white house by the sea", "a busy town", "a house near the forest",
                              "a little house on a hill", "a yellow house beside the river"))
            food = self.pick(("warm bread", "strawberries", "pancakes", "noodles", "apple pie", "tomato soup"))
        self.put(home=home, food=food)
        self.say(
            "Once upon a time, there was {h_a} named {h}.",
            "Once upon a time, {h_a} named {h} lived in {home}.",
            "Once upon a time, in {home}, there lived {h_a} called {h}.",
            "There once was {h_a} whose name was {h}.",
            "Long ago, {h_a} named {h} lived in {home}.",
            "In {home} lived {h_a} called {h}.",
        )
        self.maybe(
            "{h} loved {food} more than anything else.",
            "Everyone knew {h}, because {h_he} always said hello.",
            "{h_He} liked to get up early and watch the sun rise.",
            "{h} liked to sing while {h_he} worked.",
            "Each evening {h_he} looked at the stars and made a wish.",
            chance=0.4,
        )

    def close(self, *morals: str) -> None:
        if self.rng.random() < 0.8:
            self.say(*morals)
        self.maybe(
            "And they all lived happily ever after.",
            "The end.",
            "That night {h} slept very well.",
            "{h} smiled all the way home.",
            "It was the best day of the whole year.",
            chance=0.45,
        )


def scenery(t: Tale) -> None:
    """A sentence that is true on any fine day, so that it fits every plot."""
    bird = t.pick(("blackbird", "robin", "sparrow", "blue tit", "swallow", "dove"))
    smell = t.pick(("fresh bread", "wet earth", "cut grass", "flowers", "the sea", "wood smoke", "oranges", "honey"))
    food = t.pick(("cheese", "an apple", "two plums", "a boiled egg"))
    hour = t.pick(("nine", "ten", "eleven", "twelve", "three", "four"))
    t.slots |= {"bird_a": a(bird), "bird_A": a(bird).capitalize(), "smell": smell, "snack_": food, "hour_": hour}
    t.say(
        "The air smelled of {smell}.", "It smelled of {smell}, and {h} took a deep breath.", "{bird_A} was singing on a roof.",
        "Somewhere {bird_a} began to sing.", "A soft wind moved the leaves.", "Small white clouds sailed across the sky.",
        "Far away a bell rang.", "{h} hummed an old song.", "{h} counted the steps: one, two, three.", "A snail crossed the path very slowly.",
        "Two butterflies danced around each other.", "{h} had some bread and {snack_} in a bag.",
        "The sun tickled {h}'s nose.", "There were drops of water on every leaf.", "Everything was quiet and peaceful.",
        "{h} waved at a cow behind a fence.", "An old clock struck {hour_}.",
        "{h} was in a very good mood.", "Nobody knew yet what a day it would be.", "A feather floated down from the sky.",
    )


def day(t: Tale, *weathers: str) -> str:
    weather = t.pick(weathers or ("sunny", "bright", "warm", "cool", "windy", "cloudy"))
    return t.pick((f"One {weather} morning", f"One {weather} day", f"One {weather} afternoon"))


def meet_friend(t: Tale) -> Hero:
    return t.cast("f", random_hero(t.rng, other_than=t.hero))


def lost_toy(t: Tale) -> None:
    toy, colour, place = t.pick(TOYS), t.pick(COLOURS), t.pick(PLACES)
    wrong, other, right = t.rng.sample(PLACES[place], 3)
    t.put(toy=toy, colour=colour, a_colour=a(colour), place=place, wrong=wrong, other=other, right=right, giver=t.pick(GIVERS), day=day(t))
    t.themes += [f"a lost {toy}", f"{a(colour)} {toy}"]
    t.open()
    t.say("{h_He} had {a_colour} {toy} that {h_his} {giver} had made.",
          "{h_His} favourite thing was the {colour} {toy} from {h_his} {giver}.")
    t.say("{day}, {h} took the {toy} to {place}.", "{day}, {h_he} went to {place} and took the {toy} along.")
    t.paragraph()
    t.say("{h} played for a long time, and when {h_he} wanted to go home, the {toy} was gone.",
          "But when it was time to go home, {h} could not find the {toy}.",
          "After a while {h_he} looked around and saw that the {toy} was not there any more.")
    t.maybe("{h} felt very sad.", "{h_He} almost cried.", '"Oh no!" said {h}. "Where is my {toy}?"', chance=0.8)
    t.say("{h_He} looked {wrong}, but the {toy} was not there.", "First {h_he} looked {wrong}, but there was nothing.")
    t.say("Then {h_he} looked {other}, but it was not there either.", "{h_He} looked {other} too, but found only a stone.")
    meet_friend(t)
    t.paragraph()
    t.say("Just then {f_akind} named {f} came by.", "Then {h} met {f_akind} named {f}.")
    t.say('"Why are you sad?" asked {f}.', '"What are you looking for?" {f} asked.')
    t.say('"I lost my {colour} {toy}," said {h}.', '"My {toy} is gone," {h} answered. "It is {colour}."')
    t.say('"I will help you," said {f}. "Two can see more than one."', '"Let us look together," said {f}.')
    t.say("They looked {right}, and there was the {colour} {toy}!", "Together they searched, and {right} they found the {toy}.")
    t.paragraph()
    t.say("{h} was so happy that {h_he} danced.", "{h} hugged {f} and laughed.", '"Thank you, {f}!" said {h}.')
    t.say("From that day on, {h} and {f} were good friends.", "After that, the two friends played together with the {toy}.")
    t.close("{h} learned that it is easier to find things with a friend.", "{h} never left the {toy} behind again.")


def rescue(t: Tale) -> None:
    trouble, tool, free = t.pick((
        ("was stuck in a thorny bush", "a pair of thick gloves", "pulled the thorns apart"),
        ("had fallen into a deep hole", "a long rope", "pulled and pulled until {f} was out"),
        ("was caught in a fishing net", "a small pair of scissors", "cut the net open"),
        ("sat high up in a tree and could not get down", "a tall ladder", "climbed up and carried {f} down"),
        ("had hurt a foot on a sharp stone", "a clean bandage", "washed the foot and tied the bandage around it"),
        ("was sitting on a rock in the middle of the river", "a little boat", "rowed over to {f}"),
        ("was shut in an old shed", "a rusty key", "opened the heavy door"),
    ))
    t.cast("f", random_hero(t.rng, animals_only=True, other_than=t.hero))
    place, gift = t.pick(PLACES), t.pick(TREASURES)
    t.put(place=place, trouble=trouble, tool=tool, gift=gift, day=day(t), free=free.format(**t.slots))
    t.themes += ["helping others", f"{t.slots['f_akind']} in trouble", "kindness"]
    t.open()
    t.say("{day}, {h} was walking to {place}.", "{day}, {h_he} took a walk near {place}.")
    t.say("Suddenly {h_he} heard a small voice.", "On the way {h_he} heard someone call.")
    t.say('"Help! Please help me!" it said.', '"Is anybody there?" cried the voice. "I need help!"')
    t.paragraph()
    t.say("It was {f_akind} named {f} who {trouble}.", "{h} followed the voice and found {f_akind} called {f} who {trouble}.")
    t.say('"Do not be afraid," said {h}. "I will help you."', '"Wait here," {h} said. "I know what to do."')
    t.say("{h_He} ran home and came back with {tool}.", "{h} hurried away and soon came back with {tool}.")
    t.maybe("It was not easy.", "{h_His} hands were shaking a little.", "It took a long time.", chance=0.5)
    t.say("Then {h_he} {free}.", "Carefully {h_he} {free}.")
    t.say("At last {f} was safe.", "Now {f} was safe again.")
    t.paragraph()
    t.say('"You are so kind," said {f}. "How can I thank you?"', '"Thank you with all my heart," {f} said.')
    t.say("{f} gave {h} a shiny {gift} and a big smile.", "The next day {f} brought {h} a beautiful {gift}.",
          '"Just be my friend," {h} answered.')
    t.close("{h} was glad that {h_he} had stopped to help.", "{h} learned that a small kindness can be a big one for someone else.",
            "Since then, {h} and {f} have met every Sunday.")


def truth(t: Tale) -> None:
    thing, part = t.pick((("vase", "fell and broke into pieces"), ("window", "cracked from side to side"),
                          ("blue cup", "lost its handle"), ("lamp", "broke in two"), ("clock", "stopped ticking"),
                          ("picture", "fell into a puddle"), ("teapot", "rolled off the table and broke")))
    act = t.pick(("was throwing a ball in the house", "was running too fast", "was dancing on a chair", "was playing with a stick"))
    adult = t.pick(ADULTS)
    t.put(thing=thing, part=part, act=act, adult=adult, day=day(t, "rainy", "cold", "grey"))
    t.themes += ["telling the truth", f"a broken {thing}"]
    t.open()
    t.say("{h_His} {adult} loved the old {thing} in the living room.", "In the living room there was an old {thing} that belonged to {h_his} {adult}.")
    t.say("{day}, {h} {act}, and the {thing} {part}.", "{day}, while {h} {act}, the {thing} {part}.")
    t.paragraph()
    t.say("{h}'s heart beat fast.", "{h} stood very still.", "{h} did not know what to do.")
    t.say('"I could say that the wind did it," {h_he} thought.', '"I could hide it under the bed," {h_he} thought.',
          '"Maybe nobody will see it," {h_he} thought.')
    t.say("But that did not feel right.", "But {h_his} stomach began to hurt.", "But {h_he} knew that it would be a lie.")
    t.say("So {h_he} went to {h_his} {adult}.", "{h_He} took a deep breath and went to {h_his} {adult}.")
    t.say('"I broke the {thing}," {h_he} said. "I am very sorry."', '"It was me," said {h}. "I broke your {thing}."')
    t.paragraph()
    t.say("{h_His} {adult} was quiet for a moment.", "{h_His} {adult} looked at the {thing} and then at {h}.")
    t.say('"I am sad about the {thing}," said {h_his} {adult}, "but I am proud that you told me the truth."',
          '"Thank you for telling me," said {h_his} {adult}. "The truth is worth more than a {thing}."')
    t.say("Together they fixed it with glue.", "They picked up the pieces and mended it together.", "Then they went to look for a new one.")
    t.close("{h} felt light and happy again.", "{h} learned that the truth is always the best way.", "From then on, {h} was much more careful.")


def skill(t: Tale) -> None:
    skill_name, (fail, tip, success) = t.pick(SKILLS.items())
    t.put(skill=skill_name, fail=fail, tip=tip, success=success, day=day(t))
    meet_friend(t)
    t.themes += ["practice", f"learning {skill_name}"]
    t.open()
    t.say("{h} wanted to learn {skill}.", "More than anything, {h_he} wanted to learn {skill}.")
    t.say("{h_His} friend {f} could do it very well.", "{h_His} friend {f} made it look so easy.")
    t.paragraph()
    t.say("{day}, {h} tried for the first time and {fail}.", "{day}, {h_he} tried it, but {h_he} {fail}.")
    t.say("The second time was not better.", "{h_He} tried again and {fail} once more.")
    t.say('"I will never learn it," said {h}.', '"This is too hard for me," {h} said and sat down.')
    t.say("{f} sat down next to {h_him}.", "{f} came and smiled.")
    t.say('"I was not good at first," said {f}. "{tip}, and try a little every day."',
          '"{tip}," said {f}. "And do not give up."')
    t.paragraph()
    t.say("So {h} practised every day after breakfast.", "{h} listened and tried again the next day, and the day after that.")
    t.maybe("Some days went well, and some days did not.", "Little by little it became easier.", chance=0.7)
    t.say("After two weeks, {h_he} {success}.", "And then, one morning, {h_he} {success}!", "At the end of the month {h_he} {success}.")
    t.say('"I did it!" {h} shouted.', '"Look at me!" cried {h}.', "{f} clapped and cheered.")
    t.close("{h} learned that practice makes hard things easy.", "Now {h} knew that it is fine to be slow at first.",
            "The next week {h} taught it to a younger friend.")


def sharing(t: Tale) -> None:
    toy, place = t.pick(["swing", "boat", "sled", "drum", "wagon", "big ball", "puzzle", "kite"]), t.pick(PLACES)
    meet_friend(t)
    t.put(toy=toy, place=place, day=day(t))
    t.themes += ["sharing", "friendship"]
    t.open()
    t.say("{day}, {h} went to {place} with a new {toy}.", "{day}, {h} found an old {toy} near {place}.")
    t.say("{f}, {f_a}, came along and saw it.", "There {h_he} met {f}, {f_a}.")
    t.say('"May I play with it too?" asked {f}.', '"Can I have a turn?" {f} asked.')
    t.paragraph()
    t.say('"No," said {h}. "It is mine."', '"No, I want it for myself," said {h}.')
    t.say("{f} walked away slowly and sat down alone.", "{f} looked at the ground and went away.")
    t.say("{h} played with the {toy}, but soon it was not fun any more.", "After a while {h} felt lonely, for there was nobody to laugh with.")
    t.say('"It is better to play together," {h_he} thought.', '"A {toy} is no fun alone," said {h}.')
    t.paragraph()
    t.say("{h} went over to {f}.", "So {h_he} ran after {f}.")
    t.say('"I am sorry," said {h}. "Let us take turns."', '"Please come and play," {h} said. "You can go first."')
    t.say("{f} jumped up and smiled.", "{f}'s eyes began to shine.")
    t.say("They played with the {toy} until the sun went down.", "They took turns all afternoon and laughed a lot.")
    t.close("{h} learned that sharing makes everything more fun.", "From that day on, they always shared.", "And {f} shared {f_his} lunch with {h}.")


def cooking(t: Tale) -> None:
    dish, (missing, rest) = t.pick(DISHES.items())
    helper, the_helper, _ = t.pick(HELPERS)
    adult = t.pick(ADULTS)
    plural = missing.endswith("s")
    t.put(were="were" if plural else "was", many="many" if plural else "much")
    t.put(dish=dish, missing=missing, rest=rest, helper=helper, the_helper=the_helper, adult=adult, day=day(t, "rainy", "cold", "sunny"))
    t.themes += ["cooking", dish]
    t.open()
    t.say("{day}, {h} and {h_his} {adult} wanted to make {dish}.", '{day}, {h_his} {adult} said, "Let us make {dish}!"')
    t.say("They put {rest} on the table.", "{h} brought {rest} from the cupboard.")
    t.say("But there {were} no {missing} left.")
    t.paragraph()
    t.say('"I will go and get some," said {h}.', '"Do not worry," said {h}. "I will find some."')
    t.say("{h_He} took a basket and went out.", "{h_He} put on {h_his} shoes and ran down the road.")
    t.say("Soon {h_he} met {helper}.", "Near the bridge {h_he} saw {helper}.")
    t.say('"Do you have any {missing}?" {h} asked politely.', '"Excuse me, may I have some {missing}?" asked {h}.')
    t.say('"I do," said {the_helper}. "Take as {many} as you need."', '"Of course," said {the_helper}. "Here you are."')
    t.maybe('"Please come to us later and eat with us," said {h}.', chance=0.6)
    t.paragraph()
    t.say("Back at home, {h} washed {h_his} hands and helped to stir.", "{h} ran home, and they mixed everything in a large bowl.")
    t.say("Soon the whole house smelled wonderful.", "An hour later it was ready.")
    t.say("In the evening {the_helper} came, and they all ate together.", "They gave the first plate to {the_helper}.")
    t.say('"This is the best I have ever had," said {the_helper}.', "Nobody left a single crumb.")
    t.close("{h} learned that food tastes best when it is shared.", "After that, {h_he} cooked something every week.")


def night_noise(t: Tale) -> None:
    noise, (cause, act) = t.pick(NOISES.items())
    adult = t.pick(ADULTS)
    t.put(noise=noise, cause=cause, act=act, adult=adult, night=t.pick(("One dark night", "One stormy night", "One cold winter night", "Late one evening")))
    t.themes += ["the dark", "being brave", "a strange noise"]
    t.open()
    t.say("{night}, {h} could not sleep.", "{night}, {h} lay awake in bed.")
    t.say("{h_He} heard {noise}.", "Suddenly there was {noise}.")
    t.say("{h} pulled the blanket over {h_his} head.", "{h_His} heart went bump, bump, bump.", "{h} held {h_his} pillow tight.")
    t.paragraph()
    t.say('"What if it is a monster?" {h_he} thought.', '"Maybe it is a ghost," {h} whispered.')
    t.say("But {h} wanted to know what it was.", 'Then {h_he} said, "I am brave. I will go and see."')
    t.say("{h_He} took a small lamp and tiptoed across the room.", "{h_He} got up and called {h_his} {adult}, and they went to look together.",
          "Step by step, {h_he} went closer.")
    t.say("And what was it? It was only {cause}!", "It was no monster at all. It was {cause}.")
    t.paragraph()
    t.say("{h} began to laugh.", '"So it was only you!" said {h}.')
    t.say("{h_He} {act} and went back to bed.", "Then {h_he} {act}.")
    t.say("Soon {h_he} was fast asleep.", "The moon looked in, and {h} slept until morning.")
    t.close("{h} learned that things are less scary when you look at them.", "After that night, {h} was not afraid of the dark any more.")


def seed(t: Tale) -> None:
    plant = t.pick(FRUIT + FLOWERS + VEGETABLES)
    result = "sweet fruit" if plant in FRUIT else "a bright flower" if plant in FLOWERS else "good food for the whole family"
    helper, the_helper, _ = t.pick(HELPERS)
    what = f"{plant} tree" if plant in FRUIT else plant
    t.put(plant=what, seedname=f"{plant.removesuffix(' plant')} seed", result=result, helper=helper, the_helper=the_helper, day=day(t, "warm", "sunny", "bright"))
    t.themes += ["a seed", "patience", f"growing {a(what)}"]
    t.open()
    t.say("{day}, {helper} gave {h} a tiny {seedname}.", "{day}, {h} got a small {seedname} from {helper}.")
    t.say("{h} made a hole in the ground and put the seed in it.", "{h_He} planted the seed behind the house and covered it with soil.")
    t.paragraph()
    t.say("The next day {h_he} looked, but nothing had grown.", "{h} waited and waited, but nothing happened.")
    t.say('"Why does it not grow?" {h} asked.', '"Maybe the seed is asleep," said {h}.')
    t.say('"It needs water, sun and time," said {the_helper}.', '"Give it water and be patient," said {the_helper}.')
    t.say("So {h} gave it water every morning.", "Every day {h} brought a can of water and sang a song for the seed.")
    t.maybe("When it was too hot, {h_he} gave it some shade.", "When the wind blew hard, {h_he} put a little fence around it.", chance=0.6)
    t.paragraph()
    t.say("After a week, a small green leaf came out of the ground.", "Then one morning there was a little green tip.")
    t.say("It grew and grew until it was a fine {plant}.", "Week after week it grew taller, and at last it was a big {plant}.")
    t.say("In the end it gave {result}.", "It gave {result}, and {h} was very proud.")
    t.say("{h} shared it with all {h_his} friends.", "All the neighbours came to see it.")
    t.close("{h} learned that good things take time.", "And {h} kept one seed for the next spring.")


def race(t: Tale) -> None:
    t.cast("f", random_hero(t.rng, animals_only=True, other_than=t.hero))
    place = t.pick(PLACES)
    distraction = t.pick(("to take a nap under a tree", "to eat some berries", "to look at {f_his} face in the water",
                          "to talk to the birds", "to chase a butterfly"))
    t.put(place=place, goal=t.pick(("the old mill", "the big rock", "the red gate", "the top of the hill", "the wooden bridge")),
          distraction=distraction.format(**t.slots), day=day(t))
    t.themes += ["a race", "not giving up"]
    t.open()
    t.say("{h_His} neighbour {f} was {f_akind} who could run very fast.", "Near {place} lived {f}, {f_akind} who was proud of {f_his} fast legs.")
    t.say('{day}, {f} said, "Nobody is as fast as I am."', '"You are so slow, {h}," {f} said with a laugh.')
    t.say('"Let us have a race to {goal}," said {h}.', '"Then race me to {goal}," {h} answered calmly.')
    t.paragraph()
    t.say("All the animals came to watch.", "Many friends came to see the race.")
    t.say('"One, two, three, go!" called the owl.', '"Ready, steady, go!" shouted the crow.')
    t.say("{f} ran ahead like the wind, and {h} was far behind.", "{f} was soon out of sight, but {h} kept on going.")
    t.say('"I have lots of time," thought {f}, and stopped {distraction}.', "Halfway there, {f} stopped {distraction}.")
    t.say("{h} did not stop.", "{h} went on, step by step.")
    t.paragraph()
    t.say("When {f} looked up, {h} was almost at {goal}.", "At last {f} remembered the race, but it was too late.")
    t.say("{f} ran as fast as {f_he} could, but {h} was the first to reach {goal}.", "{h} touched {goal} first, and everybody cheered.")
    t.say('"Well done," said {f}. "You never gave up."', '"You were faster than I thought," {f} said and shook hands with {h}.')
    t.close("Slow and steady wins the race.", "{h} learned that it is good to keep going.", "{f} never laughed at anyone again.")


def find_mother(t: Tale) -> None:
    while t.hero.is_child or t.hero.kind == "robot":
        t.hero = random_hero(t.rng, animals_only=True)
    t.cast("h", t.hero)
    signs = {"dog": "a wagging tail", "cat": "long whiskers", "duck": "yellow feet", "bear": "thick brown fur", "sheep": "white wool",
             "pig": "a round pink nose", "pony": "a long mane", "elephant": "a long trunk", "lion": "a loud roar", "owl": "big round eyes",
             "rabbit": "long ears", "frog": "green skin", "turtle": "a hard shell"}
    askers = [kind for kind in signs if kind != t.hero.kind and not {kind, t.hero.kind} in ({"dog", "puppy"}, {"cat", "kitten"})]
    first, second = t.rng.sample(askers, 2)
    place = t.pick(PLACES)
    spot = t.pick(PLACES[place])
    t.put(place=place, spot=spot, first=first, second=second, sign1=signs[first], sign2=signs[second], day=day(t))
    t.put(first_a=a(first), second_a=a(second))
    t.themes += ["a mother", f"a lost {t.hero.kind}"]
    t.open()
    t.say("{day}, {h} followed a butterfly and came to {place}, far away from {h_his} mother.",
          "{day}, {h} walked too far, and {at_place} {h_he} could not see {h_his} mother any more.")
    t.say('"Mother, where are you?" called {h}.', "{h} looked left and right, but {h_his} mother was not there.")
    t.paragraph()
    t.say("{h} met {first_a}.", "Soon {h_he} saw {first_a}.")
    t.say('"Are you my mother?" asked {h}.')
    t.say('"No," said the {first}. "I have {sign1}, and you do not. I am {first_a}."')
    t.say("Then {h} met {second_a}.", "{h} walked on and came to {second_a}.")
    t.say('"Are you my mother?" {h} asked again.')
    t.say('"No, little one," said the {second}. "Look, I have {sign2}. But I saw {h_akind} {spot}."')
    t.paragraph()
    t.say("{h} ran there as fast as {h_he} could.", '"Thank you!" called {h} and hurried on.')
    t.say("And there was {h_his} mother!", "There stood {h_his} mother, who had looked for {h_him} everywhere.")
    t.say('"I was so worried," said {h_his} mother and held {h_him} close.', "They hugged for a long, long time.")
    t.close("{h} promised to stay near next time.", "From then on, {h} never walked away without asking.")


def building(t: Tale) -> None:
    project, (materials, wrong, mend, end) = t.pick(PROJECTS.items())
    meet_friend(t)
    snow = project == "a snowman"
    t.put(project=project, materials=materials, wrong=wrong, mend=mend, end=end, short="the " + project.split(" ", 1)[1].split(" over")[0],
          day=day(t, *(("snowy", "cold") if snow else ("windy",) if project == "a kite" else ("sunny", "warm", "bright"))))
    t.themes += [project, "working together"]
    t.open()
    t.say("{day}, {h} had a plan.", "{day}, {h} had a good idea.")
    t.say('"I want to build {project}," {h_he} said.', '"Today I will make {project}," said {h}.')
    t.say("{h_His} friend {f} wanted to help.", "{f}, {f_a}, came to help {h_him}.")
    t.paragraph()
    t.say("They needed {materials}.", "First they looked for {materials}.")
    t.say("They worked all morning.", "{h} did the big parts, and {f} did the small ones.")
    t.say("But when they had finished, {wrong}.", "It looked fine at first, but then {wrong}.")
    t.say('"Oh dear," said {f}. "Now it is all for nothing."', '"Let us stop," said {f}.')
    t.say('"No," said {h}. "Let us think about it."', '"Every mistake teaches us something," {h} answered.')
    t.paragraph()
    t.say("They thought for a while, and then they {mend}.", "{h} had another idea, and together they {mend}.")
    t.say("This time {short} {end}.", "And look, {short} {end}!")
    t.say("{h} and {f} were very proud.", '"We did it together!" they said.')
    t.close("They learned that a mistake is only a step on the way.", "The next day they made a second one for their friends.",
            "{h} learned that two heads are better than one.")


def birthday(t: Tale) -> None:
    meet_friend(t)
    present, made = t.pick((("a bracelet", "from small shells and string"), ("a picture", "with all the colours in the box"),
                            ("a warm scarf", "from soft blue wool"), ("a song", "and practised it on the flute"), ("a little boat", "from wood and a white cloth"),
                            ("a necklace", "from red and yellow beads"), ("a puppet", "from an old sock and two buttons"), ("a book", "with drawings of their adventures")))
    t.put(present=present, made=made, short="the " + present.split(" ", 1)[1], coins=t.pick(("one coin", "two coins", "no money at all")), day=day(t))
    t.themes += ["a birthday", "a present"]
    t.open()
    t.say("{h_His} best friend was {f}, {f_a}.", "{h} had a friend called {f}, {f_a}.")
    t.say("Soon it would be {f}'s birthday.", "{f}'s birthday was only three days away.")
    t.say('"I want to give {f} something special," thought {h}, but {h_he} had {coins}.', "{h} wanted to buy a present, but {h_he} had {coins}.")
    t.paragraph()
    t.say("{h} looked at the shop window and felt sad.", "In the shop everything cost too much.")
    t.say('Then {h_his} grandma said, "The best presents come from the heart."', 'Then {h_he} had an idea. "I will make something myself!"')
    t.say("So {h} made {present} {made}.", "For three days {h} worked in secret, and {h_he} made {present} {made}.")
    t.paragraph()
    t.say("On the birthday there were many big boxes.", "On the birthday, all the friends came to the party.")
    t.say("{h} was worried that {h_his} present was too small.", "{h} came last and held out {h_his} present with a red face.")
    t.say('But {f} loved {short} most of all.', '"Did you make this for me?" asked {f}. "It is wonderful!"')
    t.say("They ate cake and danced until it was dark.", "{f} hugged {h} and would not let go.")
    t.close("{h} learned that a present from the heart is never too small.", "{f} kept it for many, many years.")


def treasure(t: Tale) -> None:
    place = t.pick(PLACES)
    spot = t.pick(PLACES[place])
    meet_friend(t)
    t.put(place=place, spot=spot, steps=t.pick(("ten", "twenty", "seven", "twelve")), inside=t.pick((
        "old books full of stories", "a hundred glass marbles", "seeds of every kind", "a letter from a child who had played there long ago",
        "a music box that still played", "two hats and a note that said: Have fun")), tool=t.pick(("a spade", "their hands", "a flat stone", "a big spoon")), day=day(t))
    t.themes += ["a treasure", "an adventure", "a map"]
    t.open()
    t.say("{day}, {h} found an old map inside a book.", "{day}, a bottle with a map in it lay in front of the door.")
    t.say("There was a cross on it, and it showed {place}.", 'On the map it said, "Go to {place} and count {steps} steps."')
    t.say("{h} ran to {h_his} friend {f}.", "{h} showed it to {f}, {f_a}.")
    t.say('"A treasure!" cried {f}. "Let us go at once!"', '"We must find it," said {f}.')
    t.paragraph()
    t.say("They packed bread and water and set off.", "They took a lamp and some sandwiches and started to walk.")
    t.say("{At_place} they counted {steps} steps.", "When they came to {place}, {h} read the map and {f} counted {steps} steps.")
    t.say("They searched {spot} and began to dig with {tool}.", "The cross was {spot}, and so they dug there with {tool}.")
    t.maybe("A crow watched them and laughed.", "Soon they were dirty from head to toe.", "It began to rain, but they did not stop.", chance=0.6)
    t.say("Then they hit something hard.", "After an hour they found a wooden box.")
    t.paragraph()
    t.say("{h} opened the lid, and inside they found {inside}.", "When {h} opened the lid, they saw {inside}.")
    t.say("It was not gold, but they loved it.", '"This is better than gold," said {f}.')
    t.say("They shared everything and kept the map as a memory.", "They put a toy of their own into the box and buried it again for the next child.")
    t.close("The best treasure was the day they had together.", "{h} learned that an adventure is best with a friend.")


def storm(t: Tale) -> None:
    meet_friend(t)
    helper, the_helper, _ = t.pick(HELPERS)
    shelter = t.pick(("an old barn", "a small cave", "an empty hut", "a hollow tree", "a boat house"))
    t.put(shelter=shelter, helper=helper, the_helper=the_helper, place=t.pick(PLACES), game=t.pick(("told each other stories", "sang every song they knew", "counted the seconds between the flashes", "shared one apple and made up riddles")), day=day(t, "sunny", "warm", "quiet"))
    t.themes += ["a storm", "rain"]
    t.open()
    t.say("{day}, {h} and {h_his} friend {f} were playing {at_place}.", "{day}, {h} and {f}, {f_a}, walked to {place}.")
    t.say("Suddenly the sky turned dark, and it began to rain.", "Then big grey clouds came, and the wind began to howl.")
    t.say("Thunder rolled, and {f} began to shake.", "There was a flash of lightning, and {f} cried out.")
    t.paragraph()
    t.say('"I am afraid," said {f}.', '"What shall we do?" asked {f}.')
    t.say('"Take my hand," said {h}. "We will find a dry place."', '"Stay close to me," {h} said. "I can see a roof over there."')
    t.say("They ran to {shelter} and crept inside.", "Not far away was {shelter}, and there they were safe.")
    t.say("While the storm went on, they {game}.", "To forget the thunder, they {game}.")
    t.paragraph()
    t.say("After an hour the rain stopped.", "At last the clouds moved on.")
    t.say("A rainbow stood over the hills.", "The sun came out, and every leaf was shining.")
    t.say("{Helper} had come to look for them.", "On the way home they met {helper}, who gave them dry towels.")
    t.say('"You were very brave," said {the_helper}.', '"I was not alone," said {f}. "I had {h}."')
    t.close("{h} learned that storms pass and friends stay.", "After that, {f} was not afraid of thunder any more.")


def stream_boat(t: Tale) -> None:
    meet_friend(t)
    first, second = t.rng.sample(["a duck with five ducklings", "a frog on a stone", "an old fisherman", "two sleepy cows", "a girl who was washing her boots",
                                  "a heron that stood on one leg", "a boy with a fishing rod"], 2)
    colour = t.pick(COLOURS[:8])
    t.put(colour=colour, a_colour=a(colour), first=first, second=second, day=day(t, "bright", "warm", "windy"),
          message=t.pick(("Hello from far away", "Who will find this boat", "Please be my friend", "Have a lovely day")))
    t.themes += ["a paper boat", "a stream"]
    t.open()
    t.say("Behind the house ran a small stream.", "Not far away there was a clear little stream.")
    t.say('{day}, {h} folded {a_colour} boat from paper and wrote on it: "{message}."',
          '{day}, {h} made a paper boat and painted it {colour}. On its side {h_he} wrote: "{message}."')
    t.say("{h_He} put it on the water, and away it went.", "Then {h_he} set it on the stream and waved.")
    t.paragraph()
    t.say("The boat went past {first}.", "The stream carried the boat past {first}.")
    t.say("It bumped against a stone, turned around twice and went on.", "It danced over the little waves and did not sink.")
    t.say("It went past {second} and under a bridge.", "Then it came to {second}, but it did not stop.")
    t.say("At last it came to a place where the stream was wide and slow.", "In the evening it landed in the soft grass.")
    t.say("There {f}, {f_a}, found it.", "{f_A} named {f} saw it and picked it up.")
    t.paragraph()
    t.say('"Who sent this?" {f} wondered.', "{f} read the words and smiled.")
    t.say("{f_He} followed the stream all the way up to {h}'s home.", "The next day {f_he} walked along the stream until {f_he} met {h}.")
    t.say('"Is this your boat?" asked {f}.', '"I think this belongs to you," said {f}.')
    t.say('"Yes!" said {h}. "And now it has brought me a friend."', "{h} was so happy that {h_he} jumped into the air.")
    t.close("Since then they have sent each other a boat every week.", "{h} learned that small things can travel far.")


def trading(t: Tale) -> None:
    chain = t.rng.sample(["an apple", "a ball of string", "a wooden spoon", "a jar of honey", "a woollen hat", "a little bell", "a clay cup", "a straw basket", "a candle"], 3)
    people = t.rng.sample(HELPERS, 3)
    wish = t.pick(("a book of stories", "a red kite", "a small drum", "a box of paints", "a warm coat"))
    t.put(one=chain[0], two=chain[1], three=chain[2], wish=wish, p1=people[0][0], p2=people[1][0], p3=people[2][0],
          t1=people[0][1], t2=people[1][1], t3=people[2][1], day=day(t))
    t.slots |= {f"the_{key}": "the " + t.slots[key].split(" ", 1)[1] for key in ("one", "two", "three", "wish")}
    t.themes += ["a trade", wish, "the market"]
    t.open()
    t.say("{h} wished for {wish}, but {h_he} had only {one}.", "All {h} had was {one}, but {h_he} dreamed of {wish}.")
    t.say("{day}, {h_he} took {the_one} and went to the market.", "{day}, {h_he} put {the_one} in {h_his} bag and walked to the market.")
    t.paragraph()
    t.say("First {h} met {p1}.", "At the gate stood {p1}.")
    t.say('"I need {one}," said {t1}. "I will give you {two} for it."', '{T1} said, "May I have {the_one}? You can have {two}."')
    t.say("{h} said yes.", "So {h} gave away {the_one} and took {the_two}.")
    t.say("Then {h} met {p2}.", "A little later {h_he} met {p2}.")
    t.say('"Oh, {two}! That is what I was looking for," said {t2}. "Take {three} for it."', '{T2} wanted {the_two} and offered {three}.')
    t.say("Again {h} said yes.", '"Gladly," said {h}, and they traded.')
    t.paragraph()
    t.say("At the end of the market there was {p3} with {wish}.", "And there, in the last row, {h} saw {p3} who was selling {wish}.")
    t.say('"I have no money," said {h}, "but I have {three}."', '"Would you take {three} for {the_wish}?" asked {h}.')
    t.say('"{Three} is just what I need," said {t3}.', '{T3} laughed. "I have wanted {three} all day!"')
    t.say("So {h} went home with {wish}.", "And that is how {h} got {wish} for {one}.")
    t.close("Everyone had got what they needed.", "{h} learned that a fair trade makes two people happy.")


def new_neighbour(t: Tale) -> None:
    meet_friend(t)
    origin, dish = t.pick(("a faraway island", "the big city", "the other side of the sea", "the cold north", "the high mountains")), t.pick(DISHES)
    game = t.pick(("hide and seek", "catch", "a game with pebbles", "a guessing game", "hopscotch"))
    t.put(origin=origin, dish=dish, game=game, day=day(t))
    t.themes += ["a new neighbour", "making friends", "being shy"]
    t.open()
    t.say("{day}, somebody new moved in next door.", "{day}, {h} saw boxes and chairs in front of the empty house.")
    t.say("It was {f}, {f_a}, who came from {origin}.", "The new neighbour was {f}, {f_a} from {origin}.")
    t.say("{f} stood at the window and looked lonely.", "{f} did not know anyone and stayed inside all day.")
    t.paragraph()
    t.say('"Maybe {f_he} is shy," thought {h}.', '"It must be hard to be new," {h} said to {h_his} mother.')
    t.say("So {h_he} took {dish} and knocked at the door.", "{h} made {dish}, carried it over and knocked three times.")
    t.say('"Hello, I am {h}. Welcome!" {h_he} said.', '"Welcome to our street," said {h}. "Do you want to play?"')
    t.say("At first {f} did not say a word.", "{f} hid behind the door.", "{f} blushed and looked down.")
    t.say("Then {f_he} smiled and opened the door wide.", 'Then {f_he} whispered, "Yes, please."')
    t.paragraph()
    t.say("They played {game} in the yard.", "{h} showed {f_him} how to play {game}.")
    t.say("{f} told stories about {origin}.", "In the evening {f} talked about {origin}, and {h} listened with big eyes.")
    t.say("The next day {f} knocked at {h}'s door first.", "Soon they saw each other every day.")
    t.close("{h} learned that a friendly word can open every door.", "Now {f} was not new any more. {f_He} was at home.")


def letter(t: Tale) -> None:
    helper, the_helper, _ = t.pick(HELPERS)
    first, way1 = t.pick((("a river without a bridge", "jumped from stone to stone"), ("a deep forest", "followed the marks on the trees"), ("a high wall", "found a small door in it")))
    second, way2 = t.pick((("a big goose that hissed", "spoke to it softly until it let {h_him} pass"), ("thick fog", "followed the sound of the church bells"),
                           ("a strong wind", "held the letter tight and bent down low"), ("a muddy road", "took off {h_his} shoes and waded through")))
    t.put(helper=helper, the_helper=the_helper, first=first, way1=way1, second=second, way2=way2.format(**t.slots), day=day(t),
          goal=t.pick(("the lighthouse", "the mill", "the castle on the hill", "the last house in the valley", "the island in the lake")),
          news=t.pick(("a baby has been born", "the ship comes home tomorrow", "there will be a feast on Sunday", "your sister is on her way to you", "the long winter is over")))
    t.themes += ["a letter", "a long way", "keeping a promise"]
    t.open()
    t.say("{day}, {helper} had an important letter but a sore foot.", "{day}, {h} met {helper} who sat beside the road with a sore foot.")
    t.say('"Who will bring this letter to {goal}?" asked {the_helper}.', '"This letter must be at {goal} by tonight," said {the_helper}.')
    t.say('"I will," said {h}. "You can count on me."', '"I promise to bring it there," {h} said.')
    t.paragraph()
    t.say("First {h} came to {first}.", "Soon there was {first} in the way.")
    t.say("{h_He} {way1}.", "But {h} {way1}.")
    t.say("Then there was {second}.", "A little later {h_he} came to {second}.")
    t.say("{h} {way2}.", "{h_He} did not turn back. {h_He} {way2}.")
    t.maybe('"I have made a promise," said {h}.', "The letter was still dry and clean.", chance=0.6)
    t.paragraph()
    t.say("When the sun went down, {h} reached {goal}.", "Just before night {h_he} stood in front of {goal}.")
    t.say('An old woman opened the letter and read: "Good news, {news}!"', 'Inside the letter it said, "Dear friend, {news}."')
    t.say("Everyone cheered, and {h} got hot soup and a soft bed.", "There was so much joy that they rang all the bells.")
    t.close("{h} was proud that {h_he} had kept {h_his} promise.", "{h} learned that even small feet can carry big news.")


def stage_fright(t: Tale) -> None:
    meet_friend(t)
    act, done = t.pick((("sing a song", "sang every line"), ("read a poem", "read the whole poem"), ("play the drum", "played without a mistake"), ("do a magic trick", "pulled a flower out of a hat"),
                        ("dance", "danced like a leaf in the wind"), ("tell a joke", "told the funniest joke of the evening")))
    t.put(act=act, done=done, event=t.pick(("the summer feast", "the school party", "the harvest feast", "the village fair", "the winter concert")),
          trick=t.pick(("Look only at me", "Think of the sea", "Imagine that everyone wears a funny hat", "Take three slow breaths", "Hold this lucky stone")), day=day(t))
    t.themes += ["a concert", "courage", "being nervous"]
    t.open()
    t.say("Soon it was time for {event}, and {h} was going to {act}.", "{h} was asked to {act} at {event}.")
    t.say("At home it always went well.", "Alone in {h_his} room, {h} could do it perfectly.")
    t.say("But when {h_he} thought of all the people, {h_his} knees began to shake.", "But in front of others {h_his} mouth went dry.")
    t.paragraph()
    t.say("On the great day, {h} hid behind the curtain.", "When the evening came, {h} wanted to run away.")
    t.say('"I cannot do it," {h_he} whispered to {f}.', '"What if they laugh at me?" {h_he} asked {h_his} friend {f}.')
    t.say('"I get nervous too," said {f}. "{trick}, and then begin."', '"{trick}," said {f}. "It helps me every time."')
    t.say("{h} stepped onto the stage.", "{h} went out into the bright light.")
    t.paragraph()
    t.say("It was very quiet. Then {h} began and {done}.", "{h} remembered what {f} had said and {done}.")
    t.say("The people clapped and clapped.", "Everyone stood up and cheered.", '"Again! Again!" called the people.')
    t.say('"That was fun!" said {h} and laughed.', "{h} bowed and looked for {f}, who waved with both arms.")
    t.close("{h} learned that brave people are afraid too, but they go on.", "The next year {h} was the first to sign up.")


def wishes(t: Tale) -> None:
    giver, granted = t.pick((("a golden fish", "the fish"), ("a tiny fairy", "the fairy"), ("an old lamp with a spirit in it", "the spirit"), ("a talking star", "the star")))
    meet_friend(t)
    first, second = t.rng.sample((("rain for the dry fields", "soft rain began to fall"), ("a warm coat for {f}", "{f} wore the finest coat in town"), ("a new roof for the school", "the school had a bright red roof"),
                                  ("enough bread for everyone", "there was bread on every table"), ("medicine for the sick miller", "the miller jumped out of bed")), 2)
    t.put(giver=giver, granted=granted, first=first[0].format(**t.slots), done1=first[1].format(**t.slots), second=second[0].format(**t.slots), done2=second[1].format(**t.slots), day=day(t), place=t.pick(PLACES))
    t.themes += ["three wishes", "magic", "a wish"]
    t.open()
    t.say("{day}, {h} found {giver} near {place}.", "{day}, {at_place}, {h} met {giver}.")
    t.say('"You may make three wishes," said {granted}.', '"I will give you three wishes," said {granted}, "but think well."')
    t.say("{h} could have asked for gold and toys.", "{h} thought of a mountain of sweets.")
    t.paragraph()
    t.say("But then {h_he} looked around.", "But then {h_he} thought of the others.")
    t.say('"My first wish is {first}," said {h}.', '"I wish for {first}," {h} said.')
    t.say("At once {done1}.", "A moment later {done1}.")
    t.say('"My second wish is {second}," {h_he} said, and {done2}.', '"Next I wish for {second}," said {h}. And look, {done2}.')
    t.paragraph()
    t.say('"And what do you want for yourself?" asked {granted}.', '"Only one wish is left," said {granted}.')
    t.say('"I want to share a big meal with my friend {f}," said {h}.', '"I wish that {f} and I stay friends for ever," {h} answered.')
    t.say("{Granted} smiled and was gone.", "There was a flash of light, and then it was quiet.")
    t.say("That evening the whole village danced.", "{f} hugged {h}, and everybody sang.")
    t.close("{h} learned that the best wishes are those for others.", "Nobody ever forgot the three wishes of {h}.")


def grumpy(t: Tale) -> None:
    grump, pain, cure = t.pick((("a huge bear", "a thorn in the paw", "pulled out the thorn"), ("an old giant", "a terrible toothache", "tied a thread to the bad tooth and pulled"), ("a big goose", "a knot in its scarf", "untied the knot"),
                                ("a loud troll", "a stone in the boot", "shook the stone out of the boot"), ("a grey wolf", "a bee in the ear", "led the bee out with a flower")))
    place = t.pick(PLACES)
    t.put(grump=grump, short="the " + grump.split(" ", 1)[1], pain=pain, cure=cure, place=place, day=day(t), roar=t.pick(("Go away!", "Leave me alone!", "Grrr!", "Nobody may pass!")))
    t.themes += [grump, "a grumpy neighbour"]
    t.open()
    t.say("Near {place} lived {grump} who shouted at everyone.", "Everybody was afraid of {grump} who lived near {place}.")
    t.say("Nobody dared to go there any more.", "People took the long way around.")
    t.say("{day}, {h} went there all the same.", "{day}, {h} wanted to know why {short} was so angry.")
    t.paragraph()
    t.say('"{roar}" shouted {short}.', '"{roar}" it roared, and the ground shook.')
    t.say("{h} took one step back, but {h_he} did not run.", "{h}'s legs were shaking, but {h_he} stayed.")
    t.say('"Why are you so angry?" {h_he} asked.', '"Does something hurt?" asked {h} in a gentle voice.')
    t.say("{Short} was surprised. Nobody had ever asked that.", "{Short} became quiet and sat down.")
    t.say('"I have {pain}," {short} said, and a big tear rolled down.', '"It is {pain}," {short} sobbed. "It hurts so much."')
    t.paragraph()
    t.say('"Hold still," said {h} and {cure}.', "{h} came close and carefully {cure}.")
    t.say("The pain was gone!", '"Oh! It does not hurt any more!" cried {short}.')
    t.say("From that day on, {short} greeted everyone with a smile.", "Since then {short} has carried the children on its back.")
    t.close("{h} learned that those who shout are sometimes in pain.", "A kind question can do more than a hundred angry words.")


def tidy_room(t: Tale) -> None:
    adult = t.pick(ADULTS)
    first, second, third = t.rng.sample([f"an old {x}" for x in TOYS if x[0] not in "u"][:14], 3)
    t.put(adult=adult, first=first, second=second, third=third, lost=t.pick(TREASURES), day=day(t, "rainy", "grey", "cold", "windy"))
    t.themes += ["a messy room", "tidying up"]
    t.open()
    t.say("{h_His} room was so full that nobody could see the floor.", "There was only one thing {h} did not like, and that was tidying up.")
    t.say('{day}, {h_his} {adult} said, "Please tidy your room."', "{day}, {h} could not find {h_his} {lost} in all the mess.")
    t.say('"That will take a hundred years," said {h}.', '"I do not want to," {h} grumbled.')
    t.paragraph()
    t.say("But {h} began with one corner.", "{h} sighed and picked up the first thing.")
    t.say("Under the bed was {first}.", "First {h_he} found {first} under the bed.")
    t.say('"I thought it was lost!" {h_he} cried.', '"So here you are!" said {h}.')
    t.say("Behind the chair was {second}, and inside a boot was {third}.", "Then {h_he} found {second} and {third}.")
    t.say("It became a treasure hunt.", "Now {h} wanted to know what else was hidden there.")
    t.paragraph()
    t.say("Last of all {h_he} found {h_his} {lost} in a sock.", "And at the very bottom lay {h_his} {lost}.")
    t.say("When {h_his} {adult} came in, the room was shining.", "After one hour everything was in its place.")
    t.say('"I found so many things!" said {h}.', '"And I found a very clean room," said {h_his} {adult} with a laugh.')
    t.close("{h} learned that a big job is only many small ones.", "{h} gave the old toys to the smaller children.")


def winter_birds(t: Tale) -> None:
    food = t.pick(("sunflower seeds", "bread crumbs", "apple slices", "nuts", "oats"))
    helper, the_helper, _ = t.pick(HELPERS)
    bird = t.pick(("robin", "sparrow", "blue tit", "blackbird"))
    t.put(seeds=food, helper=helper, the_helper=the_helper, bird=bird, house=t.pick(("a little wooden house", "an old flower pot", "a basket on a string", "a board on a pole")), day=day(t, "snowy", "cold", "white winter"))
    t.themes += ["winter", "birds", "snow"]
    t.open()
    t.say("That winter there was more snow than ever before.", "Winter came, and the whole land was white.")
    t.say("{day}, {h} saw a {bird} that could hardly fly.", "{day}, a hungry {bird} sat in front of the window.")
    t.say('"You poor thing," said {h}. "There is nothing to eat under the snow."', '"You must be cold and hungry," {h} said.')
    t.paragraph()
    t.say("{h} took {house} and filled it with {seeds}.", "{h} asked {helper} for {seeds} and put them into {house}.")
    t.say("The {bird} ate and ate.", "The {bird} came at once and took one bite after another.")
    t.say("The next day there were ten birds, and after a week there were fifty.", "Soon all the birds of the neighbourhood came.")
    t.say('"Soon we will have nothing left," said {the_helper}.', '"How will you feed them all?" asked {the_helper}.')
    t.say("So {h} went from house to house, and everyone gave a handful.", "{h} asked all the neighbours, and each gave a little.")
    t.paragraph()
    t.say("In spring the snow melted.", "At last the days grew warmer.")
    t.say("One morning {h} woke up because of a wonderful song.", "Early in the morning there was music in front of the window.")
    t.say("All the birds sat in the tree and sang for {h}.", "The {bird} had come back with all its friends to say thank you.")
    t.close("{h} learned that when many give a little, it is enough.", "Since then {h} has fed the birds every winter.")


def rumour(t: Tale) -> None:
    cause, cry, real = t.pick((("a nut fell on {h_his} head", "The sky is falling", "a squirrel was throwing nuts"), ("there was a deep boom", "A giant is coming", "a big door had slammed in the wind"),
                               ("the ground turned dark", "The sun is going out", "a cloud had moved in front of the sun"), ("something splashed loudly", "The sea is coming", "a bucket had fallen into the well")))
    meet_friend(t)
    one, two = t.rng.sample(["the hen", "the goose", "the goat", "the donkey", "the turkey", "the hare"], 2)
    t.put(cause=cause.format(**t.slots), cry=cry, real=real, one=one, two=two, day=day(t), place=t.pick(PLACES))
    t.themes += ["a rumour", "thinking first"]
    t.open()
    t.say("{day}, {h} was resting {at_place} when {cause}.", "{day}, {h} sat {at_place}. Suddenly {cause}.")
    t.say('"Help! {cry}!" cried {h}.', '"{cry}!" shouted {h} and began to run.')
    t.paragraph()
    t.say("{One} heard it and ran too.", "On the way {h_he} told {one}, and {one} ran along.")
    t.say("Then {two} joined them.", "{Two} asked no questions and ran with them.")
    t.say('"{cry}!" they all shouted.', "Soon half the village was running.")
    t.say("At the bridge they met {f}, {f_a}.", "Then {f}, {f_a}, stood in their way.")
    t.say('"Wait," said {f}. "Who has seen it?"', '"Stop!" said {f}. "How do you know?"')
    t.say("{One} looked at {two}, and {two} looked at {h}.", "Nobody had seen anything.")
    t.paragraph()
    t.say('"Let us go and look," said {f}.', "{f} took {h} by the hand, and they all went back.")
    t.say("And what did they find? Only that {real}.", "Then they saw that {real}.")
    t.say("{h} turned red, and then everyone began to laugh.", '"Oh," said {h}, and {two} giggled.')
    t.close("{h} learned to look first and shout later.", "From then on, {h} always asked: Is it really true?")


def journey(t: Tale) -> None:
    meet_friend(t)
    vehicle, trouble, solution = t.pick((("a small train", "there were sheep on the tracks", "got out and sang until the sheep followed {f_him} to the meadow"), ("an old bus", "a wheel got stuck in the mud", "put branches under the wheel, and everyone pushed"),
                                         ("a sailing boat", "the wind stopped", "took the oars and rowed"), ("a hot air balloon", "it began to sink", "threw the heavy sandbags out"), ("a donkey cart", "the donkey would not move", "held a carrot in front of the donkey")))
    t.put(vehicle=vehicle, short="the " + vehicle.split(" ", 1)[1], trouble=trouble, solution=solution.format(**t.slots), day=day(t), goal=t.pick(("the sea", "the mountains", "grandma's house", "the big city", "the island", "the lighthouse")),
          snack=t.pick(("sandwiches", "cherries", "boiled eggs", "plum cake", "nuts and raisins")), sight=t.pick(("a castle on a hill", "fields full of poppies", "a herd of wild horses", "a waterfall", "ten windmills", "a field of sunflowers")))
    t.themes += ["a journey", f"a trip with {vehicle}", vehicle]
    t.open()
    t.say("{day}, {h} and {f}, {f_a}, set out for {goal}.", "{day}, {h} wanted to travel to {goal}, and {h_his} friend {f} came along.")
    t.say("They took {vehicle} and a bag of {snack}.", "They packed {snack} and took their seats in {vehicle}.")
    t.say("On the way they saw {sight}.", '"Look, {sight}!" cried {f}.')
    t.paragraph()
    t.say("But halfway there, {trouble}.", "Everything went well until {trouble}.")
    t.say('"Now we will never get there," said {h}.', '"What do we do now?" asked {h}.')
    t.say('"I have an idea," said {f}.', '{f} thought for a moment and said, "I know!"')
    t.say("{f_He} {solution}.", "And {f_he} {solution}.")
    t.say("Soon they were on their way again.", "It worked, and the journey went on.")
    t.paragraph()
    t.say("In the evening they came to {goal}.", "They reached {goal} just as the stars came out.")
    t.say("They shared the last {snack} and looked at the sky.", "They were tired but very happy.")
    t.say('"The way was the best part," said {h}.', '"Where shall we go tomorrow?" asked {f}.')
    t.close("{h} learned that problems make the best stories.", "They talked about the journey for many years.")


def big_appetite(t: Tale) -> None:
    dish = t.pick(("pancakes", "cherries", "honey cookies", "dumplings", "blueberry muffins", "plums", "strawberries"))
    meet_friend(t)
    t.put(dish=dish, number=t.pick(("ten", "twelve", "fifteen", "twenty", "thirty")), adult=t.pick(ADULTS), day=day(t), tea=t.pick(("camomile tea", "mint tea", "a cup of warm water", "ginger tea")))
    t.themes += [dish, "eating too much"]
    t.open()
    t.say("{day}, there was a big bowl of {dish} on the table.", "{day}, {h_his} {adult} made a mountain of {dish}.")
    t.say('"These are for the party," said {h_his} {adult}.', '"They are for all of us, so wait for {f}," said {h_his} {adult}.')
    t.say("But they smelled so good!", "But {h} could not stop looking at them.")
    t.paragraph()
    t.say('"Just one," thought {h}.', '"Nobody will miss one," {h_he} said.')
    t.say("One became two, and two became four.", "Then {h_he} took another, and another.")
    t.say("In the end {h} had eaten {number}.", "When {h_he} stopped, {number} were gone.")
    t.say("Then {h_his} belly began to hurt.", '"Ouch, my belly," moaned {h}.')
    t.say("{f} came to the party and found {h} in bed.", "When {f} came, {h} could not even stand up.")
    t.paragraph()
    t.say('"I ate them all," said {h}. "I am sorry."', '"I should have waited for you," {h} told {f}.')
    t.say("{f} laughed and brought {tea}.", '"Drink this," said {f} and gave {h_him} {tea}.')
    t.say("The next day they made new {dish} together.", "A day later {h} made fresh {dish} for everyone and ate only two.")
    t.close("{h} learned that enough is better than too much.", "And they tasted better, because they ate them together.")


PLOTS = [lost_toy, rescue, truth, skill, sharing, cooking, night_noise, seed, race, find_mother, building, birthday, treasure, storm, stream_boat, trading]
PLOTS += [new_neighbour, letter, stage_fright, wishes, grumpy, tidy_room, winter_birds, rumour, journey, big_appetite]


@dataclass(frozen=True)
class Story:
    text: str
    hero: Hero
    themes: tuple[str, ...]


def favourite_plot(hero: Hero):
    """The plot told most often of this kind of animal or this child, so that the likeliest story depends on its hero."""
    if hero.is_child:
        plots = [plot for plot in PLOTS if plot is not find_mother]
        return plots[(GIRLS + BOYS).index(hero.name) % len(plots)]
    return PLOTS[list(ANIMALS).index(hero.kind) % len(PLOTS)]


def story(rng: random.Random) -> Story:
    tale = Tale(rng)
    tale.hero = tale.cast("h", random_hero(rng))
    plot = favourite_plot(tale.hero) if rng.random() < 0.5 else rng.choice(PLOTS)
    plot(tale)
    return Story(tale.text(), tale.hero, tuple(tale.themes))


if __name__ == "__main__":
    for i in range(20):
        print(story(random.Random(i)).text, end="\n\n")
