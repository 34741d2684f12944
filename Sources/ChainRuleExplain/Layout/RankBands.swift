/// The extent of each rank along the direction of the edges, with room for frames, headings and tracks between them.
struct RankBands {
  private(set) var tops: [Double] = []
  private(set) var bottoms: [Double] = []
  /// From the top of a group's first rank up to its frame.
  private(set) var above: [Double] = []
  /// From the bottom of a group's last rank down to its frame.
  private(set) var below: [Double] = []
  /// The whole length.
  private(set) var height = 0.0

  init(_ graph: RankedGraph, _ input: LayoutGraph, _ routing: EdgeRouting, _ options: LayoutOptions) {
    var extra = [Double](repeating: 0, count: input.groups.count)
    measure(graph, input, routing, options, extra)
    guard options.direction == .right else { return }
    // A heading lies along the edges then, and may be longer than the members: the frame is drawn out behind them.
    for (group, span) in graph.spans.enumerated() {
      guard let span else { continue }
      let length = bottoms[span.upperBound] - tops[span.lowerBound] + above[group] + below[group]
      extra[group] = max(0, input.groups[group].heading.width + 2 * options.groupPadding - length)
    }
    if extra.contains(where: { $0 > 0 }) { measure(graph, input, routing, options, extra) }
  }

  /// The line the nodes of a rank are centred on.
  func middle(_ rank: Int) -> Double { (tops[rank] + bottoms[rank]) / 2 }

  private mutating func measure(
    _ graph: RankedGraph, _ input: LayoutGraph, _ routing: EdgeRouting, _ options: LayoutOptions, _ extra: [Double]
  ) {
    (tops, bottoms) = ([], [])
    above = Array(repeating: options.groupPadding, count: input.groups.count)
    below = extra.map { options.groupPadding + $0 }
    var extraAbove = [Double](repeating: 0, count: graph.ranks.count), extraBelow = extraAbove
    // Children come after their parents, so backwards every group is complete when it reaches its parent.
    for group in input.groups.indices.reversed() {
      guard let span = graph.spans[group] else { continue }
      if options.direction == .down { above[group] += input.groups[group].heading.height }
      extraAbove[span.lowerBound] = max(extraAbove[span.lowerBound], above[group])
      extraBelow[span.upperBound] = max(extraBelow[span.upperBound], below[group])
      let parent = graph.parents[group]
      guard parent >= 0, let outer = graph.spans[parent] else { continue }
      if outer.lowerBound == span.lowerBound { above[parent] = max(above[parent], above[group] + options.groupPadding) }
      if outer.upperBound == span.upperBound { below[parent] = max(below[parent], below[group] + options.groupPadding) }
    }
    for (index, rank) in graph.ranks.enumerated() {
      let extent = rank.reduce(0) { max($0, graph.height[$1]) }
      let spacing = index == 0 ? 0 : max(options.layerSpacing, Double(routing.tracks[index - 1] + 1) * 8)
      let top = (bottoms.last ?? 0) + (index == 0 ? 0 : extraBelow[index - 1] + spacing) + extraAbove[index]
      tops.append(top)
      bottoms.append(top + extent)
    }
    height = (bottoms.last ?? 0) + (extraBelow.last ?? 0)
  }
}
