import Foundation
import OmniHTTP

extension MachineID {
    /// From the operating system's own number; where it has none, from the place of the data folder.
    static func ofThisMachine(dataDir: String) -> MachineID {
        // Absent on some systems and in most containers, which is no fault.
        let system = try? String(contentsOfFile: "/etc/machine-id", encoding: .utf8)
        let number = system?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        return MachineID(seed: number.isEmpty ? "folder \(dataDir)" : "machine \(number)")
    }
}
