"""What the chats know. Each table maps the thing asked about to the answer, or to the words from which it is made."""

MEANINGS = {
    # data streams and language models
    "Kafka": "Apache Kafka is a log for events. Programs write events to topics, and other programs read them in order.",
    "Flink": "Apache Flink is an engine for streams. It reads events as they arrive, keeps state and gives results at once.",
    "a stream": "A stream is a flow of events that never has to end, like water in a river. You work on each event as it comes.",
    "a topic": "A topic is a named list of events in Kafka. Writers add events at the end, and readers follow along.",
    "a partition": "A partition is one part of a topic. Events in one partition keep their order.",
    "an event": "An event is a small record that says that something happened, and when.",
    "a watermark": "A watermark tells a stream program that no older events are expected any more.",
    "a checkpoint": "A checkpoint is a saved copy of all state. After a failure the job starts again from the last checkpoint.",
    "back pressure": "Back pressure is when a slow step makes the steps before it wait, so that nothing is lost.",
    "a window": "A window cuts a stream into pieces, for example one piece for each minute.",
    "state": "State is what a program remembers between two events.",
    "a join": "A join puts together events that belong to the same key.",
    "a data stream": "A data stream is a row of events, one after another. You can filter it, change it and count it.",
    "a language model": "A language model reads words and guesses the next word. It does this again and again to write a text.",
    "a token": "A token is a small piece of text, often a word or a part of a word. A language model reads and writes tokens.",
    "a tokenizer": "A tokenizer cuts text into tokens and turns tokens back into text.",
    "a prompt": "A prompt is the text that you give to a language model. The model goes on from there.",
    "a GPU": "A GPU is a chip that does many small sums at the same time. It makes language models fast.",
    "a CPU": "A CPU is the main chip of a computer. It does one thing after another, very quickly.",
    "a batch": "A batch is a group of requests that are worked on together. That keeps the GPU busy.",
    "a cache": "A cache keeps things that you may need again, so that you do not have to make them twice.",
    "a queue": "A queue is a line in which the first one to come is the first one to go.",
    "a scheduler": "A scheduler decides who is next. It tries to be fast and fair.",
    "latency": "Latency is the time between a question and its answer. Less is better.",
    "throughput": "Throughput is how much work gets done in a second. More is better.",
    "Java": "Java is a programming language. Kafka and Flink are written in it, and so is Tropical.",
    "Tropical": "Tropical serves language models on Flink. Requests come in as a stream, and answers go out as a stream.",
    "a computer": "A computer is a machine that follows instructions. It can count, remember and show pictures.",
    "a program": "A program is a list of instructions for a computer.",
    # the world
    "a river": "A river is a long flow of water. It starts in the hills and runs to the sea.",
    "rain": "Rain is water that falls from the clouds.",
    "snow": "Snow is frozen water that falls from the clouds as soft white flakes.",
    "a rainbow": "A rainbow is a bow of colours in the sky. You see it when the sun shines through rain.",
    "the sun": "The sun is a star. It gives us light and warmth.",
    "the moon": "The moon is a big ball of rock that goes around the earth.",
    "a star": "A star is a hot ball of gas that shines in the sky at night.",
    "the sea": "The sea is a very large body of salt water.",
    "a tree": "A tree is a tall plant with a trunk, branches and leaves.",
    "a forest": "A forest is a place with many trees. Many animals live there.",
    "an island": "An island is land with water all around it.",
    "a mountain": "A mountain is a very high hill, often with snow on the top.",
    "a desert": "A desert is a dry place with little rain and a lot of sand.",
    "the wind": "The wind is air that moves.",
    "a friend": "A friend is someone who likes you, helps you and laughs with you.",
    "a library": "A library is a house full of books that everyone may read.",
    "a school": "A school is a place where children learn.",
    "a baker": "A baker is a person who makes bread and cakes.",
    "a farmer": "A farmer is a person who grows food and looks after animals.",
    "a doctor": "A doctor is a person who helps sick people.",
    "a teacher": "A teacher is a person who helps others to learn.",
    "a sailor": "A sailor is a person who works on a ship.",
    "a gardener": "A gardener is a person who looks after plants.",
    "a kite": "A kite is a toy that flies in the wind on a long string.",
    "a robot": "A robot is a machine that can move and do work by itself.",
    "a dragon": "A dragon is an animal from stories. It has wings and breathes fire.",
    "honey": "Honey is a sweet food that bees make from flowers.",
    "bread": "Bread is food made from flour and water and baked in an oven.",
    "cheese": "Cheese is food made from milk.",
    "music": "Music is sound that is made in a beautiful order.",
    "a story": "A story tells what happened to someone. It has a beginning, a middle and an end.",
    "the rainforest": "The rainforest is a warm, wet forest with very many plants and animals.",
}

COLOUR_OF = {
    "the sky": "blue", "grass": "green", "a banana": "yellow", "snow": "white", "the sun": "yellow", "a tomato": "red",
    "a strawberry": "red", "an orange": "orange", "a carrot": "orange", "coal": "black", "milk": "white", "a leaf": "green",
    "a frog": "green", "a pig": "pink", "chocolate": "brown", "a lemon": "yellow", "the sea": "blue", "a cloud": "white",
    "an elephant": "grey", "a mouse": "grey", "a flamingo": "pink", "a fire engine": "red", "a cucumber": "green",
    "a swan": "white", "a crow": "black", "the night": "black", "a sunflower": "yellow", "blood": "red", "a plum": "purple",
    "salt": "white", "an emerald": "green", "a ruby": "red", "a bear": "brown", "a fox": "red and white",
    "a zebra": "black and white", "a penguin": "black and white", "a pumpkin": "orange", "a chick": "yellow",
}

# animal: (sound, young one, where it lives, number of legs, what it eats)
ANIMAL_FACTS = {
    "dog": ("woof", "puppy", "in a kennel or with people", 4, "meat and bones"),
    "cat": ("meow", "kitten", "with people", 4, "fish and mice"),
    "cow": ("moo", "calf", "on a farm", 4, "grass"),
    "sheep": ("baa", "lamb", "on a farm", 4, "grass"),
    "pig": ("oink", "piglet", "on a farm", 4, "almost everything"),
    "horse": ("neigh", "foal", "in a stable", 4, "grass and oats"),
    "duck": ("quack", "duckling", "near a pond", 2, "water plants and seeds"),
    "hen": ("cluck", "chick", "in a henhouse", 2, "seeds and worms"),
    "frog": ("croak", "tadpole", "in and near ponds", 4, "flies"),
    "lion": ("roar", "cub", "in the grasslands of Africa", 4, "meat"),
    "bear": ("growl", "cub", "in forests and mountains", 4, "berries, fish and honey"),
    "owl": ("hoot", "owlet", "in hollow trees", 2, "mice"),
    "bee": ("buzz", "larva", "in a hive", 6, "nectar"),
    "goat": ("meh", "kid", "on a farm or in the mountains", 4, "grass and leaves"),
    "wolf": ("howl", "pup", "in the forest", 4, "meat"),
    "elephant": ("trumpet", "calf", "in Africa and Asia", 4, "grass and leaves"),
    "mouse": ("squeak", "pup", "in small holes", 4, "seeds and cheese"),
    "snake": ("hiss", "snakelet", "in grass and under rocks", 0, "mice and eggs"),
    "monkey": ("chatter", "infant", "in warm forests", 4, "fruit and nuts"),
    "penguin": ("honk", "chick", "near the cold sea", 2, "fish"),
    "parrot": ("squawk", "chick", "in warm forests", 2, "seeds and fruit"),
    "spider": ("no sound that we can hear", "spiderling", "in a web", 8, "flies"),
    "rabbit": ("only soft sounds", "kit", "in a burrow", 4, "grass and carrots"),
    "fish": ("no sound that we can hear", "fry", "in water", 0, "water plants and small animals"),
}

PURPOSES = {
    "an umbrella": "keep dry in the rain", "a key": "open a lock", "a spoon": "eat soup", "a knife": "cut things",
    "a pencil": "write and draw", "a hammer": "drive nails into wood", "a bed": "sleep", "a chair": "sit", "a clock": "see what time it is",
    "a lamp": "have light in the dark", "a broom": "sweep the floor", "a ladder": "climb up high", "a map": "find the way",
    "a bicycle": "ride from one place to another", "a boat": "travel over water", "an oven": "bake bread and cakes",
    "a needle": "sew clothes", "a cup": "drink", "a fridge": "keep food cold", "a telescope": "look at the stars",
    "a phone": "talk to people who are far away", "a towel": "dry yourself", "a basket": "carry things", "a bridge": "cross a river",
    "scissors": "cut paper", "glasses": "see better", "soap": "wash your hands", "a coat": "keep warm", "a bell": "call people",
    "a spade": "dig a hole", "a toothbrush": "clean your teeth", "a whistle": "make a loud sound", "a mirror": "see yourself",
    "a compass": "find north", "a bucket": "carry water", "a saw": "cut wood", "a window": "let in light and air",
}

OPPOSITES = [
    ("big", "small"), ("hot", "cold"), ("up", "down"), ("fast", "slow"), ("happy", "sad"), ("day", "night"), ("old", "young"),
    ("light", "dark"), ("open", "closed"), ("full", "empty"), ("hard", "soft"), ("high", "low"), ("wet", "dry"), ("near", "far"),
    ("left", "right"), ("strong", "weak"), ("early", "late"), ("loud", "quiet"), ("clean", "dirty"), ("rich", "poor"),
    ("long", "short"), ("first", "last"), ("black", "white"), ("good", "bad"), ("begin", "end"), ("inside", "outside"),
]

SIZES = "an ant,a bee,a mouse,a frog,a cat,a dog,a sheep,a pony,a bear,an elephant,a whale".split(",")

CAPITALS = {
    "France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid", "Japan": "Tokyo", "China": "Beijing",
    "India": "New Delhi", "Egypt": "Cairo", "Kenya": "Nairobi", "Greece": "Athens", "Norway": "Oslo", "Sweden": "Stockholm",
    "Portugal": "Lisbon", "Poland": "Warsaw", "Austria": "Vienna", "Canada": "Ottawa", "Peru": "Lima", "Cuba": "Havana",
    "Ireland": "Dublin", "Finland": "Helsinki", "England": "London", "Turkey": "Ankara", "Thailand": "Bangkok",
}

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
SEASONS = {"spring": "the flowers begin to bloom", "summer": "it is warm and the days are long", "autumn": "the leaves turn red and yellow",
           "winter": "it is cold and it may snow"}
NUMBERS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
           "nineteen twenty").split()

# asked for, but beyond this model: it says so
UNKNOWN = (
    "the stock market,quantum physics,my taxes,the best phone,the football results,the news,politics,the weather tomorrow,"
    "the square root of 739,organic chemistry,the French Revolution,how to fly a plane,medicine,law,the price of gold,"
    "the capital of Atlantis,black holes,the meaning of life,opera,a good hotel,my password,the lottery numbers,philosophy,"
    "the history of Rome,how to fix a car,Shakespeare,poker,the population of Brazil,SQL,Python,calculus,economics"
).split(",")

RHYMES = {
    "the sea": ("The sea is wide, the sea is blue,", "it sings a song for me and you.", "The waves come in, the waves go out,", "they splash and dance and jump about."),
    "a cat": ("My little cat is soft and warm,", "she keeps me safe in every storm.", "She sleeps all day upon my bed", "and dreams of fishes, blue and red."),
    "the rain": ("The rain goes tip, the rain goes tap,", "it wakes the flowers from their nap.", "And when the clouds have gone away,", "a rainbow paints the end of day."),
    "the moon": ("The moon looks down with silver light", "and watches all of us at night.", "It hears the owl, it sees the tree,", "and sends a smile to you and me."),
    "a tree": ("A tree stands tall, a tree stands still,", "it looks at all below the hill.", "It gives us shade, it gives us air,", "and birds can build their houses there."),
    "the wind": ("The wind runs over field and hill", "and never, never will stand still.", "It lifts my kite, it takes my hat,", "it plays a trick upon the cat."),
    "a friend": ("A friend is there in sun and rain,", "to make you laugh and laugh again.", "A friend will listen, friend will stay,", "and walk beside you all the way."),
    "a stream": ("A little stream runs clear and bright,", "it flows by day, it flows by night.", "Each drop that comes, each drop that goes,", "is part of all the song that flows."),
    "spring": ("The snow is gone, the sky is clear,", "the first small flowers now are here.", "The birds come home, the bees begin,", "so open up and let spring in."),
    "a dog": ("My dog can run, my dog can play,", "he brings me back my ball all day.", "And when the evening sun is red,", "he falls asleep beside my bed."),
}

COMFORT = {
    "sad": "I am sorry that you feel sad. Would you like to hear a story? That often helps.",
    "tired": "Then it is time to rest. Close your eyes and breathe slowly.",
    "happy": "That is wonderful! I am glad that you are happy.",
    "hungry": "Maybe you can eat an apple or some warm bread.",
    "bored": "Shall I tell you a story? You can also draw a picture or go outside.",
    "cold": "Put on a warm coat and drink some hot tea.",
    "afraid": "Do not be afraid. Take a deep breath and talk to someone you trust.",
    "angry": "Count slowly from 1 to 10. After that most things look better.",
    "sick": "I am sorry. Rest well, drink some tea and ask a doctor.",
    "lonely": "I am here. Maybe you can also call a friend.",
}
