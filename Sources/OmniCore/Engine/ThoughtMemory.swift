import OmniJSON
import OmniTranslate
import Synchronization

/// Opaque reasoning state of answers given to clients that cannot or do not carry it, by the calls it led to.
///
/// In memory and bounded; a restart forgets, and then a conversation goes on without its old thoughts. Shared by all
/// event loops; each call holds the lock for a look-up, never across a suspension.
final class ThoughtMemory: Sendable {
    private struct Key: Hashable {
        var clientKey: ClientKeyID?
        /// A call's id, or for dialects without ids what it says.
        var call: String
    }

    private static let maximumBytes = 16 << 20
    private static let maximumAge: Int64 = 24 * 3600 * 1000

    private let memory = Mutex(
        BoundedMemory<Key, [ReasoningPart]>(maximumBytes: maximumBytes, maximumAge: maximumAge))

    /// - Parameter now: milliseconds since 1970.
    func keep(_ trail: ThoughtTrail, of client: WireFormat, clientKey: ClientKeyID?, now: Int64) {
        guard !trail.entries.isEmpty else { return }
        memory.withLock { memory in
            for entry in trail.entries {
                let size = entry.thoughts.reduce(256) {
                    $0 + $1.text.escaped.count + ($1.state?.payload.escaped.count ?? 0)
                }
                memory.keep(
                    entry.thoughts, for: Self.key(entry.call, of: client, clientKey: clientKey), byteCount: size,
                    now: now)
            }
        }
    }

    /// Puts what is remembered into a client's history.
    func restore(in request: inout CanonicalRequest, of client: WireFormat, clientKey: ClientKeyID?, now: Int64) {
        guard memory.withLock({ !$0.isEmpty }) else { return }
        request.restoreThoughts { call in
            let key = Self.key(call, of: client, clientKey: clientKey)
            return memory.withLock { memory in
                guard let thoughts = memory.value(key, now: now) else { return [] }
                memory.touch(key)
                return thoughts
            }
        }
    }

    private static func key(_ call: ToolCall, of client: WireFormat, clientKey: ClientKeyID?) -> Key {
        Key(
            clientKey: clientKey,
            call: client == .ollama ? String(decoding: call.fingerprint, as: UTF8.self) : call.id.string)
    }
}
