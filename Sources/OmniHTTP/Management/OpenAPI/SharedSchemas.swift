/// Schemas that several areas use.
extension JSONSchema {
    /// What every refused management call is answered with.
    static let error = JSONSchema.component(
        "Error",
        .record([
            "error": .record([
                "message": .text.meaning("For people."),
                "type": .choice("invalid_request_error", "server_error"),
                "code": .text.meaning("Stable, for programs, such as invalid_field or not_found."),
                "field": .text.optional.meaning("The field at fault."),
            ])
        ]))

    static let success = JSONSchema.component(
        "Success", .record(["message": .text.optional.meaning("For people."), "success": .yes]))
}
