import OmniJSON

/// Why an event of an upstream's stream cannot be read, in words for a person.
struct UnreadableEvent: Error {
    let message: String
}

extension ServerSentEvent {
    /// The JSON object in an event's data.
    /// - Returns: nil for an event without data, and for Chat's terminator: servers of other dialects, and proxies before them,
    ///   end with it at times, and their own came before it.
    func object() throws(UnreadableEvent) -> JSONValue? {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: data)
        } catch  where error.code == .empty {
            return nil
        } catch {
            if data.isDoneMarker { return nil }
            throw UnreadableEvent(message: "the upstream sent an event that is not JSON: \(error)")
        }
        guard value.kind == .object else {
            throw UnreadableEvent(message: "the upstream sent an event that is not a JSON object")
        }
        return value
    }
}
