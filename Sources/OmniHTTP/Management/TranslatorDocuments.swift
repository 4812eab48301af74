import HTTPTypes
import OmniTranslate

extension RouteDocument {
    private static let text = JSONSchema.either(.anyObject, .text)

    /// Bytes are kept when a text is sent.
    private static let dialect = JSONSchema.string(maximum: 40).orNull.meaning(
        "A dialect's name; found out where it is missing or `auto`.")

    static let translatorDetect = RouteDocument(
        "translator.detect", "Tell which dialect a text is of",
        details: "A request, an answer or a recorded stream, as JSON or as a text.",
        body: .json(.object(["body": text], required: ["body"])),
        answers: [
            .ok(
                .record([
                    "success": .flag, "format": .cases(of: WireFormat.self).orNull,
                    "kind": .cases(of: DialectDetection.Kind.self).optional,
                    "certain": JSONSchema.flag.meaning("Whether only this dialect has what was found.").optional,
                    "signs": .texts.optional, "error": .text.optional,
                ]))
        ])

    static let translatorTranslate = RouteDocument(
        "translator.translate", "Show what upstreams would receive of a request",
        details: """
            Byte for byte, with every loss; nothing is sent. `targets` are names a client could ask for, or upstreams \
            nobody here need have. Without a word about targets, all dialects but the client's are meant.
            """,
        body: .json(
            .object(
                [
                    "body": text, "sourceFormat": dialect,
                    "targets": JSONSchema.array(
                        of: .either(
                            .string(minimum: 1, maximum: 400),
                            .object(
                                ["format": .string(maximum: 40), "model": .text.orNull, "provider": .text.orNull],
                                required: ["format"])), maximum: 20
                    ).orNull,
                    "targetFormat": .string(maximum: 40).orNull, "targetModel": .string(maximum: 400).orNull,
                    "provider": .string(maximum: 200).orNull,
                    "model": JSONSchema.string(maximum: 400).orNull.meaning("Of Gemini, which says it in its path."),
                    "stream": .flag.orNull, "strict": .flag.orNull,
                    "headers": JSONSchema.object([
                        "anthropic-version": .string(maximum: 100).orNull,
                        "anthropic-beta": .string(maximum: 1000).orNull,
                    ]).orNull,
                ], required: ["body"])),
        answers: [
            .ok(
                .record([
                    "success": .flag, "sourceFormat": .cases(of: WireFormat.self),
                    "detected": .cases(of: WireFormat.self).orNull, "model": .text.optional,
                    "targets": .array(of: .translation),
                    "result": JSONSchema.any.meaning("The first target's body, for programs that know one only."),
                ]))
        ])

    static let translatorStream = RouteDocument(
        "translator.stream", "Take a recorded stream apart, event by event",
        details: "Outputs put together are the stream a client of the other dialect reads.",
        body: .json(
            .object(
                [
                    "stream": text, "from": dialect, "to": .string(maximum: 40),
                    "model": .string(maximum: 400).orNull, "provider": .string(maximum: 200).orNull,
                    "includeUsage": JSONSchema.flag.orNull.meaning(
                        "Whether a Chat client asked for usage; true unless told."),
                ], required: ["stream", "to"])),
        answers: [
            .ok(
                .record([
                    "success": .yes, "from": .cases(of: WireFormat.self), "to": .cases(of: WireFormat.self),
                    "passthrough": .flag,
                    "steps": .array(
                        of: .record([
                            "input": .text, "events": .array(of: .anyObject), "output": .texts,
                            "commits": JSONSchema.flag.meaning("Whether the answer counts from here on."),
                        ])),
                    "isCut": .flag, "losses": .array(of: .loss),
                    "usage": JSONSchema.record([
                        "input": .count, "cacheRead": .count, "cacheWrite": .count, "output": .count,
                        "reasoning": .count,
                    ]).orNull,
                    "error": JSONSchema.record(["message": .text, "kind": .text]).orNull,
                ]))
        ])

    static let replayRequest = RouteDocument(
        "requests.replay", "Send a logged request again",
        details: """
            To another model where `model` names one, past the cache, and answered in one piece. It costs what it \
            costs. A body that was not logged, or not whole, cannot be sent.
            """,
        body: .optional(
            .object([
                "model": .string(maximum: 400).orNull,
                "timeoutMs": JSONSchema.integer(500...600_000).orNull.meaning("120000 unless told."),
            ])),
        answers: [
            .ok(
                .record([
                    "success": .flag, "id": .text, "model": .text, "format": .cases(of: WireFormat.self),
                    "status": .count.orNull, "latencyMs": .count, "attempts": .count,
                    "log": JSONSchema.usageRecord.orNull, "translation": .text.optional,
                    "redacted": JSONSchema.flag.meaning("Whether secrets were taken out before it was logged."),
                    "responseBody": .any,
                ]))
        ], refusals: [.notFound, .conflict])
}

extension JSONSchema {
    fileprivate static let loss = JSONSchema.component("Loss", .record(["field": .text, "reason": .text]))

    /// A request as one upstream would receive it; of a name that leads nowhere, the error alone.
    fileprivate static let translation = JSONSchema.component(
        "Translation",
        .record([
            "name": .text, "provider": .text.optional, "connectionId": .text.optional, "connectionName": .text.optional,
            "model": .text.optional, "format": .cases(of: WireFormat.self).optional, "passthrough": .flag.optional,
            "url": .text.optional, "headers": .map(of: .text).optional, "body": .text.orNull.optional,
            "bytes": .count.optional, "losses": .array(of: .loss).optional, "fetched": .texts.optional,
            "error": JSONSchema.record(["message": .text, "field": .text.optional, "code": .text.optional]).orNull,
        ]))
}
