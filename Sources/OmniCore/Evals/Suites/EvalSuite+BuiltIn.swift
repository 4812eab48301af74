import OmniJSON

/// Suites that come with the router: small, cheap, and without a second opinion about what is right.
extension EvalSuite {
    public static let builtIn: [EvalSuite] = [goldenSet, codingProficiency, reasoningLogic, multilingual]

    private static func words(_ words: String..., any: Bool = false) -> EvalJudge {
        EvalJudge(.contains(words, ignoresCase: true, isAny: any))
    }

    private static func exactly(_ text: String) -> EvalJudge { EvalJudge(.exact(text, ignoresCase: true)) }

    private static func pattern(_ pattern: String) -> EvalJudge { EvalJudge(.regex(pattern, ignoresCase: true)) }

    private static func schema(_ text: String) -> EvalJudge {
        do {
            return EvalJudge(.jsonSchema(try AnswerSchema(JSONValue(parsing: Array(text.utf8)), path: "schema")))
        } catch {
            preconditionFailure("the schema of a built-in case is wrong: \(error)")
        }
    }

    private static let goldenSet = EvalSuite(
        id: "golden-set", name: "Golden set",
        description: "Does a model follow plain instructions? Form, length, order, JSON, and what not to say.",
        cases: [
            EvalCase(
                id: "one-word", name: "One word and nothing else",
                asking: "Answer with the single word READY and nothing else.", judges: [exactly("READY")],
                tags: ["form"]),
            EvalCase(
                id: "three-lines", name: "Three numbered lines",
                asking: "Name three colours of a traffic light, one to a line, numbered 1. to 3. No other text.",
                judges: [pattern(#"^\s*1\.[^\n]+\n+2\.[^\n]+\n+3\.[^\n]+\s*$"#), words("red", "green")], tags: ["form"]),
            EvalCase(
                id: "sort", name: "Words in order",
                asking: "Sort these words by the alphabet and write them with commas between: plum, apple, kiwi, fig.",
                judges: [pattern(#"apple,\s*fig,\s*kiwi,\s*plum"#)], tags: ["order"]),
            EvalCase(
                id: "extract", name: "Facts of a sentence as JSON",
                asking: """
                    Write what this sentence says as a JSON object with the members "name" (text), "age" (number) and \
                    "city" (text). Only the object, no other text. Sentence: Mira is 34 and has lived in Oslo since May.
                    """,
                judges: [
                    schema(
                        #"""
                        {"type":"object","required":["name","age","city"],"additionalProperties":false,
                         "properties":{"name":{"const":"Mira"},"age":{"const":34},"city":{"const":"Oslo"}}}
                        """#)
                ], tags: ["json"]),
            EvalCase(
                id: "leave-out", name: "A word that must not come",
                asking: "Describe a winter landscape in one sentence without using the word snow.",
                judges: [
                    EvalJudge(.regex(#"\bsnow"#, ignoresCase: true), isNegated: true), pattern(#"\w+(\W+\w+){4}"#),
                ], tags: ["limits"]),
            EvalCase(
                id: "from-text", name: "Only what the text says",
                asking: """
                    Text: The ferry leaves at 9:40 and 14:15. It does not run on Mondays.
                    Question: When does the last ferry leave on a Tuesday? Answer with the time only.
                    """,
                judges: [pattern(#"^\D*(14:15|2:15\s*p\.?m\.?)\D*$"#)], tags: ["reading"]),
        ], isBuiltIn: true)

    private static let codingProficiency = EvalSuite(
        id: "coding-proficiency", name: "Coding",
        description: "Reading and writing small pieces of code, judged by what must be in the answer.",
        cases: [
            EvalCase(
                id: "what-is-printed", name: "What a loop prints",
                asking: """
                    What does this Python program print? Answer with the number only.

                    total = 0
                    for i in range(1, 6):
                        if i % 2:
                            total += i * i
                    print(total)
                    """, judges: [pattern(#"^\D*35\D*$"#)], tags: ["reading"]),
            EvalCase(
                id: "off-by-one", name: "Find the fault",
                asking: """
                    This JavaScript shall return the last element of a list and returns undefined. Write the one \
                    corrected line and nothing else.

                    const last = (list) => list[list.length];
                    """, judges: [pattern(#"list\s*(\.at\(\s*-1\s*\)|\[\s*list\.length\s*-\s*1\s*\])"#)],
                tags: ["repair"]),
            EvalCase(
                id: "sql", name: "A query",
                asking: """
                    A table orders has the columns customer and amount. Write one SQL query that gives the sum of the \
                    amounts of each customer, largest sum first. Only the query.
                    """,
                judges: [
                    pattern(#"select[\s\S]+sum\s*\(\s*\w*\.?amount\s*\)[\s\S]+group\s+by[\s\S]+order\s+by[\s\S]+desc"#)
                ], tags: ["writing"]),
            EvalCase(
                id: "big-o", name: "The cost of two loops",
                asking: """
                    A function compares every element of a list of n elements with every other one. What is its running \
                    time in big-O notation? Answer with the notation only.
                    """, judges: [pattern(#"O\s*\(\s*n\s*(\^\s*\{?2\}?|²|\*\*\s*2|\*\s*n)\s*\)"#)], tags: ["reading"]),
        ], isBuiltIn: true)

    private static let reasoningLogic = EvalSuite(
        id: "reasoning-logic", name: "Reasoning",
        description: "Short problems with one right answer that is seldom the first that comes to mind.",
        cases: [
            EvalCase(
                id: "fill-level", name: "Doubling backwards",
                asking: """
                    The algae on a lake double their area every day. On day 20 they cover all of it. On which day did they \
                    cover a quarter? Answer with the number only.
                    """, judges: [pattern(#"^\D*18\D*$"#)], tags: ["arithmetic"]),
            EvalCase(
                id: "order-of-people", name: "Who is in the middle",
                asking: """
                    Anna is older than Ben. Carl is younger than Ben. Dora is older than Anna. Eva is younger than Carl. \
                    Who is the third oldest? Answer with the name only.
                    """, judges: [EvalJudge(.regex(#"^\W*Ben\W*$"#, ignoresCase: true))], tags: ["order"]),
            EvalCase(
                id: "conclusion", name: "What does not follow",
                asking: """
                    All the keys in the box are made of brass. My key is made of brass. Does it follow that my key is in \
                    the box? Answer yes or no only.
                    """, judges: [pattern(#"^\W*no\W*$"#)], tags: ["logic"]),
            EvalCase(
                id: "change", name: "Two prices",
                asking: """
                    A cup and a saucer cost 13 euros together. The cup costs 9 euros more than the saucer. What does the \
                    saucer cost, in euros? Answer with the number only.
                    """, judges: [pattern(#"^\D*2(\.0+)?\D*$"#)], tags: ["arithmetic"]),
            EvalCase(
                id: "weekday", name: "Days of the week",
                asking: "Today is Wednesday. Which day of the week will it be in 100 days? Answer with the day only.",
                judges: [pattern(#"^\W*friday\W*$"#)], tags: ["arithmetic"]),
        ], isBuiltIn: true)

    private static let multilingual = EvalSuite(
        id: "multilingual", name: "Languages",
        description: "Answers in the language that was asked for, in several scripts.",
        cases: [
            EvalCase(
                id: "german-to-english", name: "German to English",
                asking: "Translate into English, the translation only: Der Zug hat heute zwanzig Minuten Verspätung.",
                judges: [
                    words("train", "minutes"), words("twenty", "20", any: true), words("late", "delay", any: true),
                ],
                tags: ["de"]),
            EvalCase(
                id: "spanish-answer", name: "An answer in Spanish",
                asking: "¿De qué color es el cielo en un día despejado? Responde con una sola palabra en español.",
                judges: [words("azul", "celeste", any: true)], tags: ["es"]),
            EvalCase(
                id: "japanese-number", name: "A number in Japanese script",
                asking: "Write the number seven as one Japanese kanji and nothing else.", judges: [exactly("七")],
                tags: ["ja"]),
            EvalCase(
                id: "french-plural", name: "A plural in French",
                asking: "What is the plural of the French word \"cheval\"? Answer with the word only.",
                judges: [pattern(#"^\W*(des |les )?chevaux\W*$"#)], tags: ["fr"]),
            EvalCase(
                id: "russian-capital", name: "A name in Cyrillic",
                asking: "Write the name of the capital of Russia in Russian, in Cyrillic letters, and nothing else.",
                judges: [words("Москва")], tags: ["ru"]),
        ], isBuiltIn: true)
}
