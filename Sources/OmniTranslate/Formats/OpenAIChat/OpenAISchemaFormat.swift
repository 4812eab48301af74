import OmniJSON

/// A JSON Schema that answers must have, in the members both of OpenAI's dialects have for it.
struct OpenAISchemaFormat {
    let name: JSONText?
    let description: JSONText?
    let schema: JSONValue
    let isStrict: Bool?

    /// Writes `name`, `description`, `schema` and `strict` into the object that is open.
    ///
    /// Other dialects always hold the model to the schema; OpenAI only with `strict`, and not to every schema. Left out, it is
    /// false in both of its dialects.
    /// - Parameter isForOpenAI: whether the client wrote the format in one of them.
    func write(into writer: inout JSONWriter, isForOpenAI: Bool, report: inout TranslationReport) {
        writer.key("name")
        writer.value(name ?? "response")
        if let description {
            writer.key("description")
            writer.value(description)
        }
        writer.key("schema")
        writer.value(schema)
        let isHeld = isStrict ?? (!isForOpenAI && SchemaCompiler.isStrictForOpenAI(schema))
        if isHeld || isStrict != nil {
            writer.key("strict")
            writer.value(isHeld)
        } else if !isForOpenAI {
            report.add("response_format", "unenforced")
        }
    }
}
