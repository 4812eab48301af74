/// Width and height in pixels.
public struct ImageSize: Sendable, Hashable {
    public var width: Int
    public var height: Int

    /// - Parameter text: such as `1536x1024`; nil for anything else.
    init?(_ text: String) {
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let width = sides[0], let height = sides[1], (1...16384).contains(width),
            (1...16384).contains(height)
        else { return nil }
        self.width = width
        self.height = height
    }

    private init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// The shape of a list that comes nearest, and whether it is this one's own.
    func shape(among shapes: [StaticString]) -> (name: StaticString, isExact: Bool) {
        var best: (name: StaticString, distance: Double) = ("1:1", .infinity)
        for shape in shapes {
            let sides = "\(shape)".split(separator: ":").compactMap { Int($0) }
            let (across, down) = (Double(width * sides[1]), Double(height * sides[0]))
            let distance = max(across, down) / min(across, down)
            if distance < best.distance { best = (shape, distance) }
        }
        return (best.name, best.distance == 1)
    }

    /// What Google calls images of this size.
    var grade: StaticString {
        let edge = max(width, height)
        return edge <= 1280 ? "1K" : edge <= 2560 ? "2K" : "4K"
    }

    /// The nearest size with sides of whole steps, as models of the FLUX family draw.
    func rounded(to step: Int) -> ImageSize {
        func side(_ pixels: Int) -> Int { max(step, (pixels + step / 2) / step * step) }
        return ImageSize(width: side(width), height: side(height))
    }
}
