import HTTPTypes

/// What a route does, takes and answers, for people and for programs that read OpenAPI.
///
/// Each area declares its documents in `<Area>Documents.swift`; routes that do the same share one. What every route of an
/// access policy may answer (a body that is no JSON, no login, a foreign page, a body too large) is added by
/// ``OpenAPIDocument`` and not told here.
struct RouteDocument: Sendable {
    /// A named value in the query or the path.
    struct Parameter: Sendable {
        var name: String
        var meaning: String
        var schema = JSONSchema.text
        var isRequired = false

        init(_ name: String, _ meaning: String, _ schema: JSONSchema = .text, isRequired: Bool = false) {
            self.name = name
            self.meaning = meaning
            self.schema = schema
            self.isRequired = isRequired
        }
    }

    /// What a request carries.
    struct Body: Sendable {
        var schema: JSONSchema
        var mediaType = "application/json"
        /// Whether the route does something without one.
        var isOptional = false

        static func json(_ schema: JSONSchema) -> Body { Body(schema: schema) }
        static func optional(_ schema: JSONSchema) -> Body { Body(schema: schema, isOptional: true) }
        static func form(_ schema: JSONSchema) -> Body { Body(schema: schema, mediaType: "multipart/form-data") }
    }

    /// One way in which a call may succeed.
    struct Answer: Sendable {
        var status: HTTPResponse.Status
        var meaning: String
        /// By media type; empty when there is no body.
        var content: [(mediaType: String, schema: JSONSchema)]

        static func ok(_ schema: JSONSchema, _ meaning: String = "Done.") -> Answer {
            Answer(status: .ok, meaning: meaning, content: [("application/json", schema)])
        }

        static func created(_ schema: JSONSchema, _ meaning: String = "Created.") -> Answer {
            Answer(status: .created, meaning: meaning, content: [("application/json", schema)])
        }

        static func other(_ status: HTTPResponse.Status, _ schema: JSONSchema, _ meaning: String) -> Answer {
            Answer(status: status, meaning: meaning, content: [("application/json", schema)])
        }

        /// Something else than JSON.
        static func media(_ mediaType: String, _ meaning: String, status: HTTPResponse.Status = .ok) -> Answer {
            Answer(status: status, meaning: meaning, content: [(mediaType, .any)])
        }
    }

    /// Area and verb, such as `keys.create`; the area is the tag.
    let operation: String
    /// One sentence without its period.
    let summary: String
    /// More of it, in Markdown.
    let details: String?
    let query: [Parameter]
    /// Of the parameters of the path, those that need more than a name.
    let path: [Parameter]
    let body: Body?
    let answers: [Answer]
    /// Statuses besides those that every route of its policy may answer.
    let refusals: [HTTPResponse.Status]

    init(
        _ operation: String, _ summary: String, details: String? = nil, query: [Parameter] = [],
        path: [Parameter] = [], body: Body? = nil, answers: [Answer], refusals: [HTTPResponse.Status] = []
    ) {
        self.operation = operation
        self.summary = summary
        self.details = details
        self.query = query
        self.path = path
        self.body = body
        self.answers = answers
        self.refusals = refusals
    }

    var area: String { operation.split(separator: ".").first.map(String.init) ?? operation }
}
