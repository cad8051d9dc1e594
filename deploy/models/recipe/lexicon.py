"""The world of the generated stories and chats: who lives in it, what there is, and where things can be."""

GIRLS = (
    "Lily Mia Anna Rosa Emma Nora Lucy Ella Zoe Maya Ruby Clara Ivy Sofia Hana Amina Leila Greta Nina Tara Pia Olga Wanda "
    "Freya"
).split()
BOYS = (
    "Tom Ben Max Leo Sam Jack Finn Omar Noah Oscar Hugo Adam Luis Peter Kofi Ravi Ivan Theo Milo Felix Arthur Emil Jonas "
    "Daniel"
).split()
PETS = (
    "Pip Coco Biscuit Poppy Bella Rusty Daisy Bruno Willow Nibbles Honey Teddy Pepper Clover Ollie Hazel Toby Maple Pebble "
    "Sunny Muffin Acorn Ziggy Dot Bobby Luna Mango Kiwi Juno Basil"
).split()

# kind: (home, favourite food)
ANIMALS = {
    "dog": ("a wooden kennel", "bones"),
    "cat": ("a basket by the fire", "fish"),
    "rabbit": ("a burrow under the hill", "carrots"),
    "mouse": ("a hole behind the kitchen wall", "cheese"),
    "bear": ("a cave in the mountains", "honey"),
    "fox": ("a den at the edge of the forest", "blackberries"),
    "duck": ("a nest beside the pond", "bread crumbs"),
    "frog": ("a lily pad on the pond", "flies"),
    "squirrel": ("a hole in the old oak tree", "nuts"),
    "hedgehog": ("a pile of leaves in the garden", "apples"),
    "turtle": ("a quiet corner of the lake", "lettuce"),
    "owl": ("a hollow tree in the forest", "warm soup"),
    "pig": ("a pen on the farm", "potatoes"),
    "sheep": ("a green field on the farm", "fresh grass"),
    "pony": ("a stable on the farm", "oats"),
    "elephant": ("a grassy valley", "bananas"),
    "monkey": ("a tall palm tree", "bananas"),
    "parrot": ("a palm tree on a warm island", "mangoes"),
    "penguin": ("a house made of ice", "fish"),
    "bee": ("a hive in the apple tree", "nectar"),
    "lion": ("a sunny cave in the grassland", "meat pie"),
    "dragon": ("a cave full of books", "hot peppers"),
    "robot": ("a workshop at the end of the street", "machine oil"),
    "kitten": ("a box in the warm kitchen", "milk"),
    "puppy": ("a basket near the door", "sausages"),
}

CHILD_TRAITS = "kind brave curious clever cheerful gentle quiet friendly careful playful".split()
ANIMAL_TRAITS = "little small brave curious clever cheerful gentle shy friendly playful".split()
COLOURS = "red blue green yellow orange purple pink white black brown golden silver".split()

# place: spots in which something can be lost, found or hidden
PLACES = {
    "the park": ["under the bench", "behind the big oak tree", "next to the pond", "beside the swings", "in the bushes"],
    "the forest": ["under a pile of leaves", "behind a mossy rock", "inside a hollow log", "beside the stream"],
    "the beach": ["under an old umbrella", "behind a sandcastle", "between the rocks", "beside a wooden boat"],
    "the farm": ["behind the barn", "under the hay", "next to the well", "beside the chicken house"],
    "the garden": ["under the rose bush", "behind the shed", "between the tomato plants", "next to the fence"],
    "the playground": ["under the slide", "in the sandbox", "behind the gate", "next to the seesaw"],
    "the meadow": ["in the tall grass", "behind a stone wall", "under a lone tree", "beside the path"],
    "the market": ["under the fruit stand", "behind a stack of boxes", "next to the fountain", "beside the flower cart"],
    "the harbour": ["behind a pile of nets", "under the pier", "inside a small boat", "next to the lighthouse"],
    "the lake": ["in the reeds", "under the bridge", "behind a flat rock", "beside the jetty"],
}

TOYS = "ball kite hat scarf drum book bell lantern umbrella doll bucket whistle backpack".split()
TOYS += ["teddy bear", "toy boat", "toy train", "spinning top", "music box"]

TREASURES = ["key", "ring", "coin", "feather", "button", "necklace", "map", "pocket watch", "glass marble", "sea shell"]

GIVERS = ["grandma", "grandpa", "aunt", "uncle", "mother", "father"]
ADULTS = ["mother", "father", "grandma", "grandpa"]

# a person who can help: (description, name by which the story goes on, pronoun)
HELPERS = [
    ("an old fisherman", "the fisherman", "he"),
    ("a kind baker", "the baker", "she"),
    ("the gardener", "the gardener", "he"),
    ("a friendly postman", "the postman", "he"),
    ("a tall farmer", "the farmer", "she"),
    ("a young doctor", "the doctor", "she"),
    ("an old sailor", "the sailor", "he"),
    ("a busy painter", "the painter", "she"),
    ("the librarian", "the librarian", "she"),
    ("a cheerful carpenter", "the carpenter", "he"),
]

FRUIT = ["apple", "pear", "cherry", "plum", "peach", "orange", "lemon", "mango"]
FLOWERS = ["sunflower", "rose", "tulip", "daisy", "poppy"]
VEGETABLES = ["pumpkin", "carrot", "tomato", "bean plant"]

# dish: (ingredient that runs out, others)
DISHES = {
    "an apple pie": ("apples", "flour and butter"),
    "a birthday cake": ("eggs", "flour and sugar"),
    "a pot of soup": ("carrots", "onions and potatoes"),
    "pancakes": ("milk", "eggs and flour"),
    "honey cookies": ("honey", "flour and butter"),
    "fresh bread": ("flour", "salt and warm water"),
    "a bowl of fruit salad": ("oranges", "pears and grapes"),
    "blueberry muffins": ("blueberries", "flour and eggs"),
}

# skill: (what practice looked like, a tip, what success looked like)
SKILLS = {
    "to ride a bicycle": ("fell into the grass", "Look ahead and not at the wheels", "rode all the way around the house"),
    "to swim": ("swallowed a lot of water", "Breathe slowly and kick with both legs", "swam across the whole pool"),
    "to whistle": ("blew only air", "Make your lips round and blow softly", "whistled a bright little tune"),
    "to juggle": ("dropped all three balls", "Start with one ball and go slowly", "kept three balls in the air"),
    "to skate": ("slipped and sat down on the ice", "Bend your knees a little", "glided over the ice like a bird"),
    "to play the flute": ("made a terrible squeak", "Play one note until it sounds nice", "played a whole song"),
    "to draw a horse": ("drew something like a table", "Begin with simple circles", "drew a horse that seemed to run"),
    "to climb the rope": ("slid down again and again", "Hold the rope with your feet too", "touched the top with one hand"),
    "to read": ("mixed up the letters", "Say each letter and then put them together", "read a whole page alone"),
    "to jump rope": ("got caught in the rope", "Listen to the rope and then jump", "jumped twenty times in a row"),
    "to tie a bow": ("made a big knot", "Make two loops like rabbit ears", "tied two perfect bows"),
    "to catch a ball": ("closed both eyes", "Watch the ball until it is in your hands", "caught ten balls in a row"),
}

# noise in the night: (what it turned out to be, what was done about it)
NOISES = {
    "a soft tapping at the window": ("a branch that moved in the wind", "waved at the branch"),
    "a scratching at the door": ("a cold cat that wanted to come in", "let the cat in and gave it some milk"),
    "a low humming in the kitchen": ("the old fridge", "closed its door tightly"),
    "a rattling on the roof": ("the rain that danced on the tiles", "listened to the song of the rain"),
    "a whisper in the hall": ("the wind that blew under the door", "put a blanket in front of the door"),
    "a thump in the attic": ("an owl that had made a nest there", "left the owl in peace"),
    "a squeak under the bed": ("a tiny mouse with a crumb of bread", "gave the mouse a piece of cheese"),
    "a splash in the garden": ("a frog that had jumped into the bucket", "carried the frog back to the pond"),
}

# thing to build: (materials, what went wrong, how it was mended, what it did in the end)
PROJECTS = {
    "a kite": ("paper, two sticks and a long string", "it fell down at once", "tied a longer tail to it", "flew high above the trees"),
    "a tree house": ("boards, nails and a rope", "the floor shook", "put a strong beam under it", "stood firm in the wind"),
    "a raft": ("logs and thick rope", "the knots came loose", "tied every knot twice", "floated down the river"),
    "a snowman": ("snow, two buttons and a carrot", "the head rolled off", "made a flat place on top of the body", "smiled at everyone who came by"),
    "a birdhouse": ("a box, some nails and a little paint", "the door was too small", "cut a bigger door", "became the home of two robins"),
    "a sandcastle": ("sand, shells and a bucket of water", "a wave washed it away", "moved it away from the sea", "stood until the evening"),
    "a toy car": ("wood, four wheels and glue", "one wheel fell off", "fixed the wheel with a pin", "rolled down the hill"),
    "a scarecrow": ("straw, an old coat and a hat", "the birds sat on its arms", "hung little bells on its arms", "kept the corn safe"),
    "a bridge over the stream": ("stones and a long board", "the board slipped", "put a heavy stone on each end", "carried everyone across"),
}
