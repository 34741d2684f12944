import ArgumentParser
import CKernels
import ChainRule
import ChainRuleExplain

/// Times the workloads.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken("Time the workloads of Benchmarks/.", "Benchmarks/의 작업에 걸리는 시간을 잽니다."),
    discussion: spoken(
      """
      Each row is one step, the least of many: its time, the most memory that tensors held, what it computes and what it moves at least, \
      and the larger of both as a share of what this machine can do (measured first: fused multiply-adds in registers, and copies).
      """,
      """
      행 하나가 작업의 한 단계입니다. 여러 번 가운데 가장 짧은 시간, 텐서가 차지한 최대 메모리, 계산량과 최소 이동량, 그리고 둘 중 큰 쪽이 이 \
      기계의 한계(먼저 잰 곱셈-덧셈과 복사 속도)에서 차지하는 비율을 보여 줍니다.
      """))

  @Option(help: ArgumentHelp("Only the workload of this name.", "이 이름의 작업만."))
  var only: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Seconds to measure each workload.", "작업마다 잴 시간(초)."))
  var seconds = 1.0

  @Flag(help: ArgumentHelp("One JSON line for each workload.", "작업마다 JSON 한 줄."))
  var json = false

  @Flag(
    help: ArgumentHelp(
      "Run each step as a plan that compile { } made of it.", "각 단계를 compile { }로 만든 실행 계획으로 돌립니다."))
  var compiled = false

  @Flag(name: .customLong("profile"), help: ArgumentHelp("List the operations of a step of each workload too.", "한 단계의 연산도 모두 보여 줍니다."))
  var isProfiled = false

  @Flag(
    help: ArgumentHelp(
      "Compute one gradient and exit: what a process needs from its start to its first gradient.",
      "기울기 하나를 계산하고 끝냅니다. 프로세스 시작부터 첫 기울기까지를 재는 데 씁니다."))
  var firstGradient = false

  @Flag(
    name: .customLong("sets"),
    help: ArgumentHelp(
      "List the instruction sets of this machine that the kernels are compiled for, best first.", "이 기계에서 쓸 수 있는 커널의 명령어 집합을 좋은 것부터 보여 줍니다."
    ))
  var listsSets = false

  @Flag(
    help: ArgumentHelp(
      "Under a launcher: sums over the ranks beside MPI's own, and steps with and without them.",
      "MPI 실행기에서: 랭크 사이의 합을 MPI 자체의 합과 견주고, 합이 있을 때와 없을 때의 학습 단계를 잽니다."))
  var distributed = false

  @Flag(
    help: ArgumentHelp(
      """
      Time the operators that public code uses most instead, at 1 K and 4 M elements: name, elements, forward, forward with backward, and \
      what of the forward pass copying its inputs and result would take.
      """,
      """
      대신 공개 코드가 가장 많이 쓰는 연산을 원소 1 K개와 4 M개에서 잽니다. 이름, 원소 수, 순전파, 순전파와 역전파, 그리고 입력과 결과를 \
      복사하는 시간이 순전파에서 차지하는 비율입니다.
      """))
  var operators = false

  @Option(
    help: ArgumentHelp(
      "Time reading data instead, from the folder that Benchmarks/data_speed.py made.",
      "대신 Benchmarks/data_speed.py가 만든 폴더에서 데이터를 읽는 시간을 잽니다."))
  var data: String?

  @Option(help: ArgumentHelp("With --data: threads that read ahead.", "--data와 함께: 미리 읽는 스레드 수."))
  var workers = 2

  @OptionGroup var speech: LanguageOptions

  func run() throws {
    if distributed { return try DistributedBench(world: Ranks.world(), seconds: seconds).run() }
    if let data { return try timeReading(data) }
    if listsSets {
      for set in (0..<CR_ISA_COUNT.rawValue).map({ cr_isa(rawValue: $0) }) where cr_isa_available(set) {
        print(String(cString: cr_isa_name(set)))
      }
      return
    }
    if firstGradient {
      let x = Tensor.ones(3, requiresGrad: true)
      (x * x).sum().backward()
      return
    }
    guard seconds >= 0, seconds <= 3600 else {
      throw OptionError("--seconds \(seconds): from 0 to 3600", "--seconds \(seconds): 0부터 3600까지 쓸 수 있습니다")
    }
    if operators { return try OperatorBench(only: only, json: json) { best($0, seconds: seconds) }.run() }
    let workloads = Workload.all.filter { $0.isCalled(only) }
    if workloads.isEmpty {
      throw OptionError(
        "--only \(only ?? ""): the workloads are \(Workload.all.map(\.name).joined(separator: ", "))",
        "--only \(only ?? ""): 쓸 수 있는 작업은 \(Workload.all.map(\.name).joined(separator: ", "))입니다")
    }
    guard json else { return table(workloads) }
    for workload in workloads {
      let seconds = best(workload.step(compiled: compiled), seconds: seconds)
      print("{\"name\": \"\(workload.name)\", \"seconds\": \(seconds)}")
    }
  }

  /// Times each way of reading once: as a loop over an epoch does, no file is read twice.
  private func timeReading(_ folder: String) throws {
    guard (0...256).contains(workers) else {
      throw OptionError("--workers \(workers): from 0 to 256", "--workers \(workers): 0부터 256까지 쓸 수 있습니다")
    }
    let workloads = DataWorkload.all.filter { only == nil || $0.name == only }
    if workloads.isEmpty {
      throw OptionError(
        "--only \(only ?? ""): of data there are \(DataWorkload.all.map(\.name).joined(separator: ", "))",
        "--only \(only ?? ""): 데이터 작업은 \(DataWorkload.all.map(\.name).joined(separator: ", "))입니다")
    }
    for workload in workloads {
      let clock = ContinuousClock(), start = clock.now
      let what = try workload.run(folder, workers), seconds = (clock.now - start).seconds
      print(
        json
          ? "{\"name\": \"\(workload.name)\", \"seconds\": \(seconds), \"what\": \"\(what)\"}"
          : "\(workload.name): \(NumberText.duration(seconds)), \(what)")
    }
  }

  /// For people: what each workload takes, and how near that is to what the machine can do.
  private func table(_ workloads: [Workload]) {
    let set = String(cString: cr_isa_name(cr_isa_in_use()))
    let limits = (flops: cr_measure_flops(0.5), bytes: cr_measure_bandwidth(0.5))
    print(
      spoken(
        "\(cr_thread_count()) threads, \(set): fused multiply-adds \(Self.giga(limits.flops)) GFLOP/s, copies \(Self.giga(limits.bytes)) GB/s",
        "스레드 \(cr_thread_count())개, \(set): 곱셈-덧셈 \(Self.giga(limits.flops)) GFLOP/s, 복사 \(Self.giga(limits.bytes)) GB/s"))
    Self.line(spoken("workload", "작업"), spoken("time", "시간"), spoken("memory", "메모리"), "GFLOP/s", "GB/s", spoken("of the limit", "한계 대비"))
    for workload in workloads {
      cr_empty_cache()
      cr_restart_peak()
      let step = workload.step(compiled: compiled), seconds = best(step, seconds: seconds), peak = cr_peak_bytes()
      let report = profile { step() }, total = report.total()
      let flops = total.flops / seconds, bytes = Double(total.bytes) / seconds
      let compute = flops / limits.flops, memory = limits.bytes > 0 ? bytes / limits.bytes : 0
      Self.line(
        workload.name, NumberText.duration(seconds), NumberText.bytes(Int(peak)), Self.giga(flops), Self.giga(bytes),
        spoken(
          "\(NumberText.percent(Swift.max(compute, memory), decimals: 0)) of \(compute > memory ? "compute" : "memory")",
          "\(compute > memory ? "연산" : "메모리") \(NumberText.percent(Swift.max(compute, memory), decimals: 0))"))
      if isProfiled { print(report.table(ascii: !Terminal.output.usesUnicode, language: .spoken)) }
    }
  }

  private static func giga(_ value: Double) -> String { NumberText.fixed(value / 1e9, decimals: 1) }

  private static func line(_ cells: String...) {
    let widths = [-26, 10, 10, 10, 10, 16]
    print(
      zip(cells, widths).map { cell, width in
        let space = String(repeating: " ", count: Swift.max(0, abs(width) - TextMetrics.columns(cell)))
        return width < 0 ? cell + space : space + cell
      }.joined(separator: " "))
  }

  /// The least time of one call, in seconds: runs of at least 50 ms, repeated for `seconds`.
  private func best(_ step: () -> Void, seconds: Double) -> Double {
    let clock = ContinuousClock()
    for _ in 0..<3 { step() }
    let once = clock.measure(step).seconds
    let n = max(1, Int(0.05 / max(once, 1e-7)))
    var best = Double.infinity
    let end = clock.now + .seconds(seconds)
    repeat {
      best = min(best, clock.measure { for _ in 0..<n { step() } }.seconds / Double(n))
    } while clock.now < end
    return best
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
