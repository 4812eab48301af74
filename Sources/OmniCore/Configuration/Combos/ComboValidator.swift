/// Says what is wrong with a combo before it is stored.
public struct ComboValidator: Sendable {
    /// What is wrong.
    public enum Issue: Sendable, Hashable, CustomStringConvertible {
        case name(String)
        case nameTaken(String)
        case weight(step: Int)
        /// The names along the circle, the first one again at its end.
        case cycle([String])
        case tooDeep(String, maximum: Int)
        case option(String)
        /// Two models whose embeddings cannot be compared: their names with how many numbers those have.
        case dimensions(first: String, other: String)
        /// A step that leads nowhere at present: a warning, since its provider may be added later.
        case unknownStep(index: Int, model: String, reason: String)

        public var isWarning: Bool {
            if case .unknownStep = self { true } else { false }
        }

        public var description: String {
            switch self {
            case .name(let name):
                "name: '\(name.prefix(100))' must have 1 to 100 letters, digits or any of _ / . -"
            case .nameTaken(let name): "name: another combo is named '\(name)'"
            case .weight(let step): "models[\(step)].weight: must be a number from 0 to 100"
            case .cycle(let names): "models: circular combo reference " + names.joined(separator: " -> ")
            case .tooDeep(let name, let maximum): "models: combos may nest \(maximum) deep, exceeded at '\(name)'"
            case .option(let text): text
            case .dimensions(let first, let other):
                "models: embeddings of \(first) and \(other) numbers cannot stand in for each other"
            case .unknownStep(let index, let model, let reason): "models[\(index)]: '\(model.prefix(200))': \(reason)"
            }
        }
    }

    /// How deep combos may lie in each other, the outermost counted.
    ///
    /// Default: 3.
    public var maximumDepth = 3

    public init(maximumDepth: Int = 3) { self.maximumDepth = maximumDepth }

    /// - Parameters:
    ///   - others: all combos, an older version of this one included.
    ///   - objection: why a name that is no combo cannot be served; nil when it can.
    public func issues(
        with combo: Combo, among others: [Combo], objection: (String) -> String? = { _ in nil }
    )
        -> [Issue]
    {
        var issues: [Issue] = []
        if !Self.isName(combo.name) { issues.append(.name(combo.name)) }
        let rest = others.filter { $0.id != combo.id }
        if rest.contains(where: { $0.name == combo.name }) { issues.append(.nameTaken(combo.name)) }
        for (index, step) in combo.steps.enumerated() where !(0...100).contains(step.weight) {
            issues.append(.weight(step: index))
        }
        issues += optionIssues(combo)
        var byName: [String: Combo] = [combo.name: combo]
        for other in rest where byName[other.name] == nil { byName[other.name] = other }
        if let names = cycle(through: combo, among: byName) {
            issues.append(.cycle(names))
        } else {
            // A new step may also deepen combos that this one lies in.
            let roots = [combo] + rest.filter { reaches($0, combo, byName) }
            if let name = roots.lazy.compactMap({ tooDeep($0, depth: 1, among: byName) }).first {
                issues.append(.tooDeep(name, maximum: maximumDepth))
            }
        }
        for (index, step) in combo.steps.enumerated() where byName[step.model] == nil {
            if let reason = objection(step.model) {
                issues.append(.unknownStep(index: index, model: step.model, reason: reason))
            }
        }
        return issues
    }

    public static func isName(_ name: String) -> Bool {
        (1...100).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "."),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// The names along a circle that can be reached from a combo, or nil.
    private func cycle(through combo: Combo, among combos: [String: Combo]) -> [String]? {
        var path: [String] = []
        var done: Set<String> = []
        func visit(_ combo: Combo) -> [String]? {
            if let start = path.firstIndex(of: combo.name) { return path[start...] + [combo.name] }
            guard !done.contains(combo.name) else { return nil }
            path.append(combo.name)
            for step in combo.steps {
                if let inner = combos[step.model], let circle = visit(inner) { return circle }
            }
            path.removeLast()
            done.insert(combo.name)
            return nil
        }
        return visit(combo)
    }

    /// The name of the first combo that lies too deep; only for combos without circles.
    private func tooDeep(_ combo: Combo, depth: Int, among combos: [String: Combo]) -> String? {
        if depth > maximumDepth { return combo.name }
        for step in combo.steps {
            if let inner = combos[step.model], let name = tooDeep(inner, depth: depth + 1, among: combos) {
                return name
            }
        }
        return nil
    }

    private func reaches(_ root: Combo, _ goal: Combo, _ combos: [String: Combo]) -> Bool {
        var seen: Set<String> = []
        var open = [root.name]
        while let name = open.popLast() {
            guard seen.insert(name).inserted, let combo = combos[name] else { continue }
            if combo.id == goal.id { return true }
            open += combo.steps.map(\.model)
        }
        return false
    }

    private func optionIssues(_ combo: Combo) -> [Issue] {
        let options = combo.options
        var issues: [Issue] = []
        if let retries = options.retries, !(0...10).contains(retries) {
            issues.append(.option("config.maxRetries: must be 0 to 10"))
        }
        if let delay = options.retryDelay, !(.zero ... .seconds(60)).contains(delay) {
            issues.append(.option("config.retryDelayMs: must be 0 to 60000"))
        }
        if let timeout = options.timeout, !(.seconds(1) ... .seconds(600)).contains(timeout) {
            issues.append(.option("config.timeoutMs: must be 1000 to 600000"))
        }
        if let concurrency = options.concurrency, concurrency < 1 {
            issues.append(.option("config.concurrencyPerModel: must be at least 1"))
        }
        if let attempts = options.maximumAttempts, attempts < 1 {
            issues.append(.option("config.maxAttempts: must be at least 1"))
        }
        return issues
    }
}
