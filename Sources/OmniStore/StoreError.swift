/// Why something could not be kept or read.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case alreadyRunning, directory, key, decryption, database, passphrase, damaged
    }

    public let code: Code
    /// For people; says what to do; no secret.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
