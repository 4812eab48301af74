import Foundation
import NIOCore
import NIOPosix
import OmniCore
import OmniStore

/// The checks of `omniroute doctor`, in the order a person would make them.
struct Examination {
    let settings: DaemonSettings
    let isOffline: Bool

    func findings() async -> [Finding] {
        var findings = [folder(), daemonAndPort(running: DataDirectory.runningDaemon(path: settings.dataDir))]
        guard FileManager.default.fileExists(atPath: settings.dataDir) else { return findings }
        do {
            let store = try DataStore.open(
                path: settings.dataDir, encryptionKey: settings.storageEncryptionKey, exclusive: false)
            findings.append(contentsOf: integrity(store))
            let configuration = try await store.configuration.load()
            findings.append(Finding(check: "secrets", state: .passed, message: "all stored secrets can be decrypted"))
            findings.append(try await login(store))
            findings.append(try await auditLog(store))
            findings.append(clientKeys(configuration))
            findings.append(contentsOf: try await connections(configuration))
        } catch let error as StoreError {
            let advice = error.code == .decryption ? "without the key, delete the connections and add them again" : nil
            findings.append(
                Finding(check: "\(error.code.rawValue)", state: .failed, message: error.message, advice: advice))
        } catch {
            findings.append(Finding(check: "store", state: .failed, message: "\(error)"))
        }
        return findings
    }

    private func folder() -> Finding {
        let path = settings.dataDir
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {  // Absent, most likely.
            return Finding(
                check: "data folder", state: .doubtful, message: "\(path) does not exist yet",
                advice: "it is created by: omniroute serve")
        }
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard FileManager.default.isWritableFile(atPath: path) else {
            return Finding(
                check: "data folder", state: .failed, message: "\(path) is not writable for this user",
                advice: "run as its owner, or choose another folder with DATA_DIR")
        }
        guard mode & 0o077 == 0 else {
            return Finding(
                check: "data folder", state: .failed,
                message: "\(path) can be read by other users (mode \(String(mode, radix: 8)))",
                advice: "chmod 700 \(path)")
        }
        return Finding(check: "data folder", state: .passed, message: "\(path), readable by its owner only")
    }

    private func daemonAndPort(running: Int32?) -> Finding {
        if let running {
            return Finding(check: "daemon", state: .passed, message: "runs on this folder as process \(running)")
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { try? group.syncShutdownGracefully() }  // A loop that does not end is no finding.
        do {
            let channel = try ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: settings.host, port: settings.port).wait()
            try channel.close().wait()
            return Finding(
                check: "port", state: .passed, message: "\(settings.host):\(settings.port) is free; no daemon runs")
        } catch {
            return Finding(
                check: "port", state: .failed, message: "\(settings.host):\(settings.port) cannot be used: \(error)",
                advice: "end the program that uses it, or choose a port with PORT or --port")
        }
    }

    private func integrity(_ store: DataStore) -> [Finding] {
        let problems = store.integrityProblems()
        guard !problems.isEmpty else {
            return [Finding(check: "database", state: .passed, message: "both files are sound")]
        }
        return problems.map { problem in
            Finding(
                check: "database", state: .failed, message: problem,
                advice: "stop the daemon and restore the file from a backup")
        }
    }

    private func login(_ store: DataStore) async throws -> Finding {
        if try await store.configuration.passwordHash() != nil {
            return Finding(check: "login", state: .passed, message: "a password is set")
        }
        if settings.initialPassword != nil {
            return Finding(check: "login", state: .passed, message: "INITIAL_PASSWORD is in force until one is set")
        }
        return Finding(
            check: "login", state: .doubtful, message: "no password is set",
            advice: "log in with the setup token that 'serve' prints and set one, or: omniroute reset-password")
    }

    private func auditLog(_ store: DataStore) async throws -> Finding {
        let found = try await store.configuration.verifyAudit()
        if let problem = found.problem {
            return Finding(
                check: "audit log", state: .failed, message: problem,
                advice: "somebody changed the database by other means than this router; look at who can")
        }
        return Finding(check: "audit log", state: .passed, message: "\(found.entries) entries, none changed or removed")
    }

    private func clientKeys(_ configuration: RouterConfiguration) -> Finding {
        let count = configuration.clientKeys.filter { $0.isActive && $0.revokedAt == nil }.count
        return count > 0
            ? Finding(check: "client keys", state: .passed, message: "\(count) active")
            : Finding(
                check: "client keys", state: .doubtful, message: "none is active",
                advice: "omniroute keys create NAME")
    }

    private func connections(_ configuration: RouterConfiguration) async throws -> [Finding] {
        let active = configuration.connections.filter(\.isActive)
        guard !active.isEmpty else {
            return [
                Finding(
                    check: "providers", state: .doubtful, message: "no connection; only the simulator answers",
                    advice: "omniroute providers add PROVIDER")
            ]
        }
        guard !isOffline else {
            return [Finding(check: "providers", state: .passed, message: "\(active.count) connections, not called")]
        }
        let results = try await ConnectionProbe.test(active, nodes: configuration.nodes)
        return zip(active, results).map { connection, result in
            result.isValid
                ? Finding(
                    check: "provider \(connection.provider)", state: .passed,
                    message: "\(connection.name) answers in \(result.latencyMS) ms")
                : Finding(
                    check: "provider \(connection.provider)", state: .failed,
                    message: "\(connection.name): \(result.message ?? result.diagnosis.rawValue)",
                    advice: "check its key and address; disable it when it is no longer used")
        }
    }
}
