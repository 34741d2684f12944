import ChainRule
import ChainRuleData
import ChainRuleOptim
import Foundation
import Testing

/// Optimizers go on from PyTorch's states, and PyTorch from theirs: make_optimizer_states.py writes the files and reads ours.
struct OptimizerFileTests {
  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("States")

  private static let makers: [(name: String, make: @Sendable ([ParameterGroup]) -> Optimizer)] = [
    ("SGD", { SGD(groups: $0) }), ("Adam", { Adam(groups: $0) }), ("AdamW", { AdamW(groups: $0) }), ("RMSprop", { RMSprop(groups: $0) }),
    ("Adagrad", { Adagrad(groups: $0) }), ("Adadelta", { Adadelta(groups: $0) }), ("Adamax", { Adamax(groups: $0) }),
    ("NAdam", { NAdam(groups: $0) }), ("RAdam", { RAdam(groups: $0) }), ("ASGD", { ASGD(groups: $0) }), ("Rprop", { Rprop(groups: $0) }),
    ("Adafactor", { Adafactor(groups: $0) }), ("Muon", { Muon(groups: $0) }), ("LBFGS", { LBFGS(groups: $0) }),
  ]

  private func groups(_ name: String, _ parameters: [Tensor]) -> [ParameterGroup] {
    name == "LBFGS" ? [ParameterGroup(parameters)] : parameters.map { ParameterGroup([$0]) }
  }

  private func step(_ optimizer: Optimizer, _ parameters: [Tensor], _ targets: [Tensor]) {
    optimizer.step {
      optimizer.zeroGrad()
      let loss = zip(parameters, targets).map { ($0 - $1).pow(4).sum() }.reduce(Tensor(0.0, dtype: .float64)) { $0 + $1 }
      loss.backward()
      return loss
    }
  }

  @Test func goOnFromPyTorchsStates() throws {
    let runs = try loadSafetensors(Self.directory.appendingPathComponent("runs.safetensors").path)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("states-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, make) in Self.makers {
      func tensors(_ kind: String) throws -> [Tensor] { try (0..<2).map { try #require(runs["\(name)/\(kind).\($0)"]) } }
      let parameters = try tensors("param").map { $0.asLeaf() }, targets = try tensors("target")
      let optimizer = make(groups(name, parameters))
      try optimizer.load(from: Self.directory.appendingPathComponent("\(name).safetensors").path)
      // What was loaded is written, and another optimizer goes on from that.
      let path = folder.appendingPathComponent("\(name).safetensors").path
      try optimizer.save(to: path)
      if let states = ProcessInfo.processInfo.environment["OPTIMIZER_STATES"] { try optimizer.save(to: "\(states)/\(name).safetensors") }
      let copies = try tensors("param").map { $0.asLeaf() }, second = make(groups(name, copies))
      try second.load(from: path)
      #expect("\(second)" == "\(optimizer)")
      var before = parameters.map { $0.detach() }, slack = 0.0
      for n in 0..<3 {
        step(optimizer, parameters, targets)
        step(second, copies, targets)
        let after = try tensors("after.\(n)")
        for k in 0..<2 {
          // Muon rounds to bfloat16, where processors multiply differently.
          if name == "Muon" { slack += 1e-2 * (after[k] - before[k]).abs().max().item() }
          let isClose = parameters[k].detach().allClose(after[k], relative: 1e-9, absolute: 1e-10 + slack)
          #expect(isClose, "\(name) step \(n) parameter \(k)")
          let isSame = copies[k].detach().equal(parameters[k].detach())
          #expect(isSame, "\(name) step \(n) parameter \(k) after saving")
        }
        before = after
      }
    }
  }

  @Test func statesGoOnWithinTheirGroups() throws {
    // Groups in another order of numbers than they stand: PyTorch counts parameters through the groups, a file may say otherwise.
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try saveSafetensors(
      ["state.5.momentum_buffer": Tensor([1.0, 2.0]), "state.3.momentum_buffer": Tensor([3.0])],
      metadata: ["param_groups": #"[{"lr": 0.5, "params": [3]}, {"lr": 1e-2, "nesterov": true, "params": [5], "fused": null}]"#], to: path)
    let a = Tensor([0.0], requiresGrad: true), b = Tensor([0.0, 0.0], requiresGrad: true)
    let optimizer = SGD(groups: [ParameterGroup([a]), ParameterGroup([b])], momentum: 0.9)
    try optimizer.load(from: path)
    let first = optimizer.state(of: a)?.buffers[0].equal(Tensor([3.0])) == true
    let second = optimizer.state(of: b)?.buffers[0].equal(Tensor([1.0, 2.0])) == true
    #expect(first && second && optimizer.groups[1].flag("nesterov") && optimizer.groups[0].lr == 0.5 && optimizer.groups[1].lr == 0.01)
    #expect(optimizer.groups[0].number("momentum") == 0.9)
  }

  @Test func filesOfOthersAreRefused() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    func message(_ tensors: NamedTensors, _ groups: String?) -> String {
      let optimizer = SGD([Tensor([0.0], requiresGrad: true)], lr: 0.25)
      do {
        try saveSafetensors(tensors, metadata: groups.map { ["param_groups": $0] } ?? [:], to: path)
        try optimizer.load(from: path)
        return "no error"
      } catch {
        #expect(optimizer.groups[0].lr == 0.25)
        return "\(error)".replacingOccurrences(of: path, with: "FILE")
      }
    }
    let one = #"[{"lr": 0.5, "params": [0]}]"#
    #expect(message([:], nil).contains("param_groups"))
    #expect(message([:], "[") == "FILE: byte 1 of the JSON text: expected a value")
    #expect(message([:], #"[{"lr": 0.5 "params": [0]}]"#) == "FILE: byte 12 of the JSON text: expected a comma or the end of the object")
    #expect(message([:], "7") == "FILE: param_groups is a number, not a list of groups")
    #expect(message([:], "[7]") == "FILE: param_groups[0] is a number, not a table")
    #expect(message([:], #"[{"params": [0]}, {"params": [1]}]"#) == "FILE: loaded state dict has a different number of parameter groups")
    #expect(
      message([:], #"[{"params": [0, 1]}]"#)
        == "FILE: loaded state dict contains a parameter group that doesn't match the size of optimizer's group")
    #expect(message(["state.0.exp_avg": Tensor([1.0])], one) == "FILE: state.0.exp_avg is no state of SGD")
    #expect(message(["state.4.momentum_buffer": Tensor([1.0])], one) == "FILE: \"state.4.momentum_buffer\": no group has parameter 4")
    #expect(message(["weight": Tensor([1.0])], one) == "FILE: \"weight\" is no name of a state: those are state.INDEX.NAME")
    #expect(message([:], #"[{"lr": NaN, "params": [0]}]"#) == "FILE: group.0: Invalid learning rate: nan")
    // What fits is loaded.
    let optimizer = SGD([Tensor([0.0], requiresGrad: true)], lr: 0.25)
    try saveSafetensors(["state.0.momentum_buffer": Tensor([1.0])], metadata: ["param_groups": one], to: path)
    try optimizer.load(from: path)
    #expect(optimizer.groups[0].lr == 0.5)
  }
}
