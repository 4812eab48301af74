/// What a strategy remembers between requests: whose turn it is, and how a shuffled deck lies.
struct Rotation: Sendable {
    /// Round robin: the member in use; -1 before the first request.
    private(set) var current: Int32 = -1
    /// Requests it has served in this turn.
    private var served: Int32 = 0
    /// Shuffled deck: members in the order they are dealt.
    private(set) var deck: [Int32] = []
    private(set) var dealt = 0
    /// The last member of the deck before, so that the next one begins with another.
    private var last: Int32 = -1

    /// Where round robin begins: the member in use until its turn is over, then the next.
    func start(count: Int, sticky: Int) -> Int {
        guard current >= 0, Int(current) < count else { return 0 }
        return served < Int32(clamping: max(1, sticky)) ? Int(current) : (Int(current) + 1) % count
    }

    /// A member was chosen: the turn is its.
    mutating func choose(_ member: Int, sticky: Int) {
        // A turn that is over begins anew, also when nobody else is there.
        if Int(current) == member, served < Int32(clamping: max(1, sticky)) {
            served += 1
        } else {
            current = Int32(member)
            served = 1
        }
    }

    /// Has a deck of so many members with at least one left to deal.
    mutating func prepareDeck(count: Int, using random: inout some RandomNumberGenerator) {
        guard deck.count != count || dealt >= count else { return }
        deck = (0..<Int32(count)).shuffled(using: &random)
        dealt = 0
        if count > 1, deck[0] == last { deck.swapAt(0, Int.random(in: 1..<count, using: &random)) }
    }

    /// Takes a member out of the rest of the deck; nothing happens when it was dealt before.
    mutating func deal(_ member: Int) {
        guard dealt < deck.count,
            let position = deck[dealt...].firstIndex(of: Int32(member))
        else { return }
        // The ones passed over keep their order: it is their turn next.
        let card = deck.remove(at: position)
        deck.insert(card, at: dealt)
        dealt += 1
        last = card
    }
}
