/// Does what is no computation on tensors alone, such as an optimizer's step. Where a compiled function is recorded, `body` becomes a step
/// of the plan, which calls it again at each run; elsewhere it is called now and that is all.
///
/// - Parameters:
///   - name: what it is, for the plan's text.
///   - inputs: the tensors it takes, which each run gives it anew.
///   - body: reads anything else by itself; leaves it finds as they are at that point of each run.
package func planned(_ name: @autoclosure () -> String, _ inputs: [Tensor], _ body: @escaping ([Tensor]) -> [Tensor]) -> [Tensor] {
  guard let tracer = Tracer.current, !isErrorPending else { return body(inputs) }
  return tracer.call(name(), inputs, body)
}

/// Whether a compiled function is being recorded on this thread.
package var isRecordingPlan: Bool { Tracer.current != nil }

/// Has a plan hold only as long as `holds` says so; where none is recorded, nothing.
package func planHolds(while holds: @escaping () -> Bool) { Tracer.current?.require(.other(holds)) }

/// Refuses what cannot be part of a plan, where one is recorded.
package func refuseInPlan(_ what: String, hint: String) { Tracer.current?.refuse(what, hint) }
