/// The last step of a ranked drawing: the paths of the edges, in coordinates where edges lead downwards.
struct EdgeRouting {
  /// The way of an edge between two ranks: from the bottom of one band of nodes to the top of the next.
  struct Leg {
    var upper: Int
    var from: Double
    var to: Double
    /// Which of the horizontal tracks it takes in an orthogonal drawing.
    var track = 0
  }

  /// The legs of each edge.
  let legs: [[Leg]]
  /// How many tracks there are below each rank.
  let tracks: [Int]

  /// Finds where each edge leaves its node, runs and arrives.
  init(_ graph: RankedGraph, x: [Double], edges: [LayoutGraph.Edge], _ options: LayoutOptions) {
    var ports = Array(repeating: (from: 0.0, to: 0.0), count: edges.count)
    var outgoing: [Int: [(edge: Int, toward: Double)]] = [:], incoming = outgoing
    for (index, chain) in graph.chains.enumerated() where chain.count >= 2 {
      outgoing[chain[0], default: []].append((index, x[chain[1]]))
      incoming[chain[chain.count - 1], default: []].append((index, x[chain[chain.count - 2]]))
    }
    // Edges leave and arrive side by side, in the order of where they go, so that they do not cross at once.
    for (isOut, ends) in [(true, outgoing), (false, incoming)] {
      for (vertex, entries) in ends {
        let room = graph.width[vertex] * 0.7
        let step = min(options.edgeSpacing, room / Double(entries.count))
        for (place, entry) in entries.sorted(by: { ($0.toward, $0.edge) < ($1.toward, $1.edge) }).enumerated() {
          let at = x[vertex] + (Double(place) - Double(entries.count - 1) / 2) * step
          if isOut { ports[entry.edge].from = at } else { ports[entry.edge].to = at }
        }
      }
    }
    var legs: [[Leg]] = []
    for (index, chain) in graph.chains.enumerated() {
      var way: [Leg] = []
      for (place, pair) in zip(chain, chain.dropFirst()).enumerated() {
        let from = place == 0 ? ports[index].from : x[pair.0]
        let to = place == chain.count - 2 ? ports[index].to : x[pair.1]
        way.append(Leg(upper: graph.rank[pair.0], from: from, to: to))
      }
      legs.append(way)
    }
    guard options.routing == .orthogonal else {
      self.legs = legs
      tracks = Array(repeating: 0, count: graph.ranks.count)
      return
    }
    // The left edge algorithm (A. Hashimoto, J. Stevens, "Wire routing by optimizing channel assignment", DAC 1971).
    var sideways: [[(low: Double, high: Double, edge: Int, leg: Int)]] = Array(repeating: [], count: graph.ranks.count)
    for (edge, way) in legs.enumerated() {
      for (leg, piece) in way.enumerated() where abs(piece.from - piece.to) > 0.5 {
        sideways[piece.upper].append((min(piece.from, piece.to), max(piece.from, piece.to), edge, leg))
      }
    }
    var tracks: [Int] = []
    for pieces in sideways {
      var ends: [Double] = []
      for piece in pieces.sorted(by: { ($0.low, $0.high, $0.edge) < ($1.low, $1.high, $1.edge) }) {
        let track = ends.firstIndex { $0 + 4 < piece.low } ?? ends.count
        if track == ends.count { ends.append(piece.high) } else { ends[track] = piece.high }
        legs[piece.edge][piece.leg].track = track
      }
      tracks.append(ends.count)
    }
    self.legs = legs
    self.tracks = tracks
  }

  /// The path of an edge. `start` and `end` are where it touches its nodes; `tops` and `bottoms` are the bands of the ranks.
  func path(
    ofEdge edge: Int, start: Double, end: Double, endRank: Int, tops: [Double], bottoms: [Double], _ routing: LayoutOptions.Routing
  ) -> [LayoutStep] {
    guard let first = legs[edge].first else { return [] }
    var steps: [LayoutStep] = [.move(LayoutPoint(first.from, start))]
    func line(_ x: Double, _ y: Double) {
      let point = LayoutPoint(x, y)
      if steps.last?.end != point { steps.append(.line(point)) }
    }
    for (index, leg) in legs[edge].enumerated() {
      let lower = index + 1 < legs[edge].count ? legs[edge][index + 1].upper : endRank
      let (y0, y1) = (bottoms[leg.upper], tops[lower])
      line(leg.from, y0)
      if abs(leg.from - leg.to) < 0.005 {
        line(leg.to, y1)
        continue
      }
      switch routing {
      case .polyline: line(leg.to, y1)
      case .spline:
        let middle = (y0 + y1) / 2
        steps.append(.curve(LayoutPoint(leg.from, middle), LayoutPoint(leg.to, middle), LayoutPoint(leg.to, y1)))
      case .orthogonal:
        let turn = y0 + (tops[leg.upper + 1] - y0) * Double(leg.track + 1) / Double(tracks[leg.upper] + 1)
        line(leg.from, turn)
        line(leg.to, turn)
        line(leg.to, y1)
      }
    }
    line(steps.last?.end.x ?? first.from, end)
    return Self.joined(steps)
  }

  /// Straight pieces that continue each other as one.
  private static func joined(_ steps: [LayoutStep]) -> [LayoutStep] {
    var result: [LayoutStep] = []
    for step in steps {
      if case .line(let point) = step, case .line(let middle)? = result.last, let before = result.dropLast().last?.end,
        before.x == middle.x && middle.x == point.x
      {
        result[result.count - 1] = step
      } else {
        result.append(step)
      }
    }
    return result
  }
}
