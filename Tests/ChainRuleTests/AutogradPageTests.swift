import ChainRule
import Foundation
import TestSupport
import Testing

/// Documentation/Autograd.md: its examples stand here too and print what it says; its tables are what comes out.
struct AutogradPageTests {
  private static let page = DocumentationPage("Autograd.md")

  /// The code blocks of the page, without the lines that print.
  @Test func everyExampleIsRunHere() {
    let (blocks, missing) = Self.page.comparedWithSource(#filePath)
    #expect(blocks == 11)
    #expect(missing.isEmpty, "\(missing)")
  }

  private func says(_ text: String) -> Bool { Self.page.text.contains("`\(text)`") }

  @Test func leavesAndValues() {
    let w = Tensor([2.0, 3], dtype: .float64, requiresGrad: true)
    (w * w).sum().backward()
    (w * w).sum().backward()
    #expect(says("\(w.grad!)"), "\(w.grad!)")

    let x = Tensor.ones([2, 2])
    var row = x[0]
    row *= 0
    #expect(says("\(x.sum().item()) \(row.sum().item())"))

    var t = Tensor.ones([2, 2])
    t[0] *= 0
    t[1] = Tensor([5.0, 6])
    #expect(says("\(t.array(of: Int.self))"), "\(t)")
  }

  @Test func divisionBehindAMask() {
    let bad = Tensor([0.0, 4], requiresGrad: true)
    Tensor.where(bad .> 0, bad.sqrt(), 0).sum().backward()
    #expect(says("\(bad.grad!)"), "\(bad.grad!)")

    let good = Tensor([0.0, 4], requiresGrad: true)
    let isPositive = good .> 0
    Tensor.where(isPositive, Tensor.where(isPositive, good, 1).sqrt(), 0).sum().backward()
    #expect(says("\(good.grad!)"), "\(good.grad!)")
  }

  @Test func hooks() {
    var order: [String] = []
    let a = Tensor([1.0], requiresGrad: true)
    a.registerHook {
      order.append("hook \($0.item())")
      return $0 * 10
    }
    a.registerHook {
      order.append("hook \($0.item())")
      return nil
    }
    a.registerPostAccumulateGradHook { order.append("grad \($0.grad!.item())") }
    (a * 3).sum().backward()
    #expect(says("\(order)"), "\(order)")

    var seen: [String] = []
    let q = Tensor([1.0], requiresGrad: true)
    let doubled = q * 2
    doubled.gradFn!.registerPrehook { gradOutputs in
      seen.append("before \(gradOutputs[0]!.item())")
      return nil
    }
    doubled.gradFn!.registerHook { gradInputs, _ in
      seen.append("after \(gradInputs[0]!.item())")
      return [gradInputs[0]! * 100]
    }
    doubled.registerHook { $0 * 10 }
    doubled.sum().backward()
    #expect(says("\(seen) \(q.grad!.item())"), "\(seen)")
  }

  @Test func functionsOfOnesOwn() {
    struct Polar: AutogradFunction {
      func forward(_ x: [Tensor?]) -> [Tensor] { [x[0]!.cos() * x[1]!, x[0]!.sin() * x[1]!] }
      func keeps(needsInputGrad: [Bool]) -> FunctionSaves { FunctionSaves(inputs: [1], outputs: [0, 1]) }
      func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] {
        let (x, y, r) = (context.output(0), context.output(1), context.input(1))
        return [dy[1]! * x - dy[0]! * y, (dy[0]! * x + dy[1]! * y) / r]
      }
    }
    let angle = Tensor(0.0, requiresGrad: true), radius = Tensor(2.0, requiresGrad: true)
    let point = Polar()(angle, radius)
    backward(point)
    #expect(says("\(point[0].item()) \(point[1].item()) \(angle.grad!.item()) \(radius.grad!.item())"))
  }

  @Test func memoryAndHigherOrders() {
    let p = Tensor([0.3], dtype: .float64, requiresGrad: true)
    let y = checkpoint({ $0.sin().exp() }, p)
    y.sum().backward()
    #expect(p.grad!.item() == (p.sin().exp() * p.cos()).item())

    let v = Tensor([0.5, 0.25], dtype: .float64, requiresGrad: true)
    let packed = savedTensorHooks(pack: { $0.to(.float32) }, unpack: { $0.to(.float64) }) { v.exp().sum() }
    packed.backward()
    #expect(v.grad!.allClose(v.exp().detach(), relative: 1e-6))

    let cube = { (x: Tensor) in x * x * x }
    let third = grad(grad(grad(cube)))
    #expect(says("\(third(Tensor(2.0)).item())"))
    let along = jvp(grad(cube), Tensor(2.0), Tensor(1.0)).tangent
    #expect(says("\(along.item())"))
  }

  /// The rows of the page's table of three columns whose head begins with `head`.
  private func rows(_ head: String) -> [[String]] {
    let lines = Self.page.text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("| \(head) |") }) else { return [] }
    return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  private func gradient(_ point: [Double], _ f: (Tensor) -> Tensor) -> String {
    let x = Tensor(point, dtype: .float64, requiresGrad: true)
    f(x).sum().backward()
    return x.grad!.array(of: Double.self).map { $0 == $0.rounded() && $0.isFinite ? "\(Int($0))" : "\($0)" }.joined(separator: ", ")
  }

  @Test func kinks() {
    let functions: [String: (Tensor) -> Tensor] = [
      "relu": { $0.relu() }, "relu6": { $0.relu6() }, "hardtanh": { $0.hardtanh() }, "leakyRelu": { $0.leakyRelu() }, "elu": { $0.elu() },
      "gelu": { $0.gelu() }, "hardswish": { $0.hardswish() }, "abs": { $0.abs() }, "sign": { $0.sign() }, "round": { $0.round() },
      "floor": { $0.floor() }, "sqrt": { $0.sqrt() }, "log": { $0.log() }, "pow(0)": { $0.pow(0) },
      "clamp(min: 0, max: 1)": { $0.clamp(min: 0, max: 1) }, "norm": { $0.norm() }, "frac": { $0.frac() },
    ]
    var seen: Set<String> = []
    for row in rows("function") {
      for name in row[0].matches(of: /`([^`]*)`/).map({ String($0.1) }) {
        seen.insert(name)
        guard let f = functions[name], let point = Double(row[1]) else {
          Issue.record("no function for \(name)")
          continue
        }
        #expect(gradient([point], f) == row[2], "\(name) at \(point)")
      }
    }
    #expect(seen == Set(functions.keys))
  }

  @Test func ties() {
    let calls: [String: (Tensor) -> Tensor] = [
      "max()": { $0.max() }, "amax()": { $0.amax() }, "max(dim: 0)": { $0.max(dim: 0).values }, "median()": { $0.median() },
      "prod()": { $0.prod() }, "std()": { $0.std() },
    ]
    var seen: Set<String> = []
    for row in rows("call") {
      let name = row[0].filter { $0 != "`" }
      seen.insert(name)
      let point = row[1].split(separator: ",").compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
      #expect(calls[name].map { gradient(point, $0) } == row[2], "\(name)")
    }
    #expect(seen == Set(calls.keys))
  }
}
