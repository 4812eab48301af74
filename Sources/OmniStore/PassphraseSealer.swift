public import OmniCore
import Synchronization

/// Seals bundles with ``PassphraseBox``.
public final class PassphraseSealer: SyncSealer {
    /// The box of the last passphrase, for making one takes long.
    private let known = Mutex<(passphrase: String, box: PassphraseBox)?>(nil)

    public init() {}

    public func objection(to passphrase: String) -> String? {
        passphrase.count < PassphraseBox.minimumPassphrase
            ? "must have at least \(PassphraseBox.minimumPassphrase) characters" : nil
    }

    public func seal(_ bytes: [UInt8], passphrase: String) throws(SyncFault) -> [UInt8] {
        do {
            return try box(passphrase).seal(bytes)
        } catch {
            throw SyncFault(.store, "the configuration cannot be sealed: \(error)")
        }
    }

    public func open(_ bytes: [UInt8], passphrase: String) throws(SyncFault) -> [UInt8] {
        do {
            return try box(passphrase).open(bytes)
        } catch let error as StoreError where error.code == .passphrase {
            throw SyncFault(
                .passphrase, "the passphrase is not the one that the other machines use; nothing was changed")
        } catch {
            throw SyncFault(.damaged, "what lies at the endpoint is damaged, or not from a router")
        }
    }

    private func box(_ passphrase: String) throws -> PassphraseBox {
        if let box = known.withLock({ $0?.passphrase == passphrase ? $0?.box : nil }) { return box }
        let box = try PassphraseBox(passphrase: passphrase)
        known.withLock { $0 = (passphrase, box) }
        return box
    }
}
