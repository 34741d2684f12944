extension PlayAssets {
  /// One scale of type (12, 14, 16, 20), one of space (4, 8, 12, 16, 24), and the colours by what they mean: values go from blue to green,
  /// gradients are orange. Scripts that paint read the same variables.
  static let style = #"""
    :root{color-scheme:light;--paper:#fff;--panel:#f5f7f9;--ink:#1b2127;--faint:#56606b;--line:#d5dce3;--strong:#8b96a3;
    --low:#1f5fc4;--high:#12805c;--gradient:#b85c00;--gradient-low:#6e3511;--gradient-high:#e87a00;--accent:#1f5fc4;--on-accent:#fff;
    --good:#12805c;--note:#8a5a00;--bad:#b3261e;--c2:#aa3377;--c3:#b59a00;--c4:#5544a0;--c5:#777;
    --mono:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono','Noto Sans Mono CJK KR',monospace;
    --sans:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,'Noto Sans CJK KR','Apple SD Gothic Neo',sans-serif}
    :root[data-theme=dark]{color-scheme:dark;--paper:#0f1318;--panel:#171d24;--ink:#e7ecf1;--faint:#9aa6b2;--line:#2b343e;--strong:#667280;
    --low:#6ea6ff;--high:#46c794;--gradient:#ffa24d;--gradient-low:#c04a32;--gradient-high:#ffc061;--accent:#6ea6ff;--on-accent:#0b1220;
    --good:#46c794;--note:#e3b341;--bad:#ff8078;--c2:#dd88bb;--c3:#eedd88;--c4:#b0a0f0;--c5:#bbb}
    *{box-sizing:border-box}
    html{background:var(--paper)}
    body{margin:0;color:var(--ink);background:var(--paper);font:14px/1.5 var(--sans);font-variant-numeric:tabular-nums;
    min-width:360px;word-break:keep-all;overflow-wrap:anywhere}
    h1{font-size:20px;line-height:1.3;margin:0 0 8px;font-weight:650}
    h2{font-size:16px;line-height:1.3;margin:0 0 8px;font-weight:600}
    h3{font-size:12px;line-height:1.3;margin:0 0 4px;font-weight:600;color:var(--faint)}
    p{margin:0 0 8px}
    small,.small{font-size:12px;color:var(--faint)}
    a{color:var(--accent)}
    code,pre,.mono{font-family:var(--mono);font-size:12px}
    pre{margin:0;white-space:pre-wrap;line-height:1.55;word-break:normal}
    :focus-visible{outline:2px solid var(--accent);outline-offset:2px}
    .skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--paper);padding:8px;z-index:9}
    .numbers[hidden]{display:none}
    .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}

    .bar{display:flex;align-items:center;gap:8px 16px;flex-wrap:wrap;padding:8px 24px;border-bottom:1px solid var(--line);
    background:var(--paper);position:sticky;top:0;z-index:5}
    .brand{font-size:16px;font-weight:650;display:flex;gap:8px;align-items:baseline}
    .brand b{color:var(--gradient);font-size:20px;line-height:1}
    .tabs{display:flex;gap:4px}
    .tabs button{border:0;background:none;padding:6px 12px;border-radius:6px;color:var(--faint);font-weight:600}
    .tabs button[aria-selected=true]{color:var(--ink);background:var(--panel)}
    .grow{flex:1}
    main{padding:24px;max-width:1480px;margin:0 auto}

    button,select,input[type=number],input[type=text]{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);
    border-radius:6px;padding:4px 10px;min-height:32px}
    button{cursor:pointer}
    button:hover:not(:disabled){border-color:var(--strong)}
    button:disabled{opacity:.45;cursor:default}
    button.main{background:var(--accent);border-color:var(--accent);color:var(--on-accent);font-weight:600;min-width:96px}
    button[aria-pressed=true]{background:var(--panel);border-color:var(--strong)}
    button.mono{text-align:left;min-height:28px}
    button.quiet{border-color:transparent;background:none;color:var(--faint);padding:4px 8px}
    input[type=number]{width:84px}
    input[type=range]{accent-color:var(--accent);width:100%;margin:0;min-height:24px}
    select{padding-right:4px;max-width:100%}
    label{color:var(--faint)}

    .card{border:1px solid var(--line);border-radius:10px;padding:16px;background:var(--paper);min-width:0}
    .train{display:grid;gap:16px;grid-template-columns:288px minmax(0,1fr) minmax(0,360px);align-items:start}
    .stack{display:grid;gap:16px;min-width:0}
    .wide{grid-column:1/-1}
    .field{display:grid;grid-template-columns:104px minmax(0,1fr);gap:8px;align-items:center;margin-bottom:8px}
    .field>:last-child{justify-self:stretch}
    .field input,.field select{width:100%}
    .fieldset{border-top:1px solid var(--line);padding-top:12px;margin-top:12px}
    .fieldset>button+p{margin-top:8px}
    .fieldset:first-of-type{border-top:0;padding-top:0;margin-top:0}
    .row{display:flex;gap:8px;flex-wrap:wrap;align-items:center}
    .hiddenrow{display:grid;grid-template-columns:20px 72px minmax(0,1fr) 32px;gap:6px;align-items:center;margin-bottom:6px}
    .hiddenrow input,.hiddenrow select{width:100%;padding:4px 6px}
    .error{color:var(--bad);white-space:pre-wrap}
    .error:empty{display:none}

    .numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(92px,1fr));gap:8px 16px;margin:0}
    .numbers.long{grid-template-columns:repeat(auto-fit,minmax(136px,1fr))}
    .numbers div{min-width:0}
    .numbers dt{font-size:12px;color:var(--faint)}
    .numbers dd{margin:0;font-size:16px;font-weight:600;white-space:nowrap}
    .plane{position:relative;width:100%;max-width:560px;aspect-ratio:1;margin:0 auto;border-radius:8px;overflow:hidden;border:1px solid var(--line)}
    .plane canvas{position:absolute;inset:0;width:100%;height:100%}
    .legend{display:flex;gap:4px 16px;flex-wrap:wrap;font-size:12px;color:var(--faint);margin-top:8px}
    .legend i{display:inline-block;width:10px;height:10px;border-radius:5px;margin-right:6px}
    .legend i.open{background:none;border:2px solid var(--faint)}
    .sentences{margin:0;padding:0;list-style:none;display:grid;gap:6px}
    .sentences li{padding-left:12px;border-left:3px solid var(--good)}
    .sentences li.note{border-color:var(--note)}.sentences li.bad{border-color:var(--bad)}

    svg.chart{display:block;width:100%;max-width:480px;height:auto;overflow:visible}
    .chart text{font:11px var(--sans);fill:var(--faint)}
    .chart .grid{stroke:var(--line)}.chart .axis{stroke:var(--strong)}
    .chart path{fill:none;stroke-width:2;vector-effect:non-scaling-stroke}
    .k-low{stroke:var(--low)}.k-high{stroke:var(--high)}.k-gradient{stroke:var(--gradient)}.k-c2{stroke:var(--c2)}.k-c4{stroke:var(--c4)}
    .k-faint{stroke:var(--strong)}.f-low{fill:var(--low)}.f-high{fill:var(--high)}.f-gradient{fill:var(--gradient)}.f-c2{fill:var(--c2)}
    .f-c4{fill:var(--c4)}.f-faint{fill:var(--strong)}
    .b-low{background:var(--low)}.b-high{background:var(--high)}.b-gradient{background:var(--gradient)}.b-c2{background:var(--c2)}
    .b-c3{background:var(--c3)}.b-c4{background:var(--c4)}.b-c5{background:var(--c5)}.b-faint{background:var(--strong)}

    .layers{display:grid;gap:12px}
    .layer{display:grid;grid-template-columns:132px repeat(2,minmax(0,176px)) repeat(2,minmax(0,1fr)) minmax(0,1fr);gap:16px;align-items:start;
    border-top:1px solid var(--line);padding-top:12px}
    .layer:first-child{border-top:0;padding-top:0}
    .layer canvas{image-rendering:pixelated;display:block;max-width:100%;border:1px solid var(--line);border-radius:2px}
    .layer canvas[tabindex]{cursor:crosshair}
    .layer h3:not(:first-child){margin-top:8px}
    .layer svg{width:100%;height:56px;display:block}
    .layer .past{width:100%;height:44px;margin-top:4px}
    .bars path{fill:var(--low)}.bars.g path{fill:var(--gradient)}
    .key{height:8px;border-radius:4px;margin-top:4px}
    .values{color:var(--high)}.gradients{color:var(--gradient)}

    .drawing{display:grid;gap:16px;grid-template-columns:repeat(2,minmax(0,1fr)) minmax(0,320px);align-items:start}
    .sheet{display:block;width:100%;max-width:420px;aspect-ratio:1;margin:0 auto 12px;border:1px solid var(--strong);border-radius:8px;
    touch-action:none;cursor:crosshair}
    .drawing .stack canvas{display:block;width:100%;max-width:280px;image-rendering:pixelated;border:1px solid var(--line);border-radius:2px}
    .drawing canvas[hidden]{display:none}
    .live{max-width:720px;margin:0 auto}.live progress{width:100%;accent-color:var(--accent)}.live .legend{margin-bottom:0}
    .answers{display:grid;gap:4px}
    .answer{display:grid;grid-template-columns:minmax(16px,auto) minmax(0,1fr) 64px;gap:12px;align-items:center;text-align:left;
    border-color:transparent;background:none;padding:2px 8px}
    .answer:disabled{opacity:1}.answer[aria-pressed=true]{border-color:var(--gradient)}
    .answer .track{display:block;height:12px;border-radius:6px;background:var(--panel);overflow:hidden}
    .answer i{display:block;height:100%;background:var(--strong)}.answer.best i{background:var(--high)}.answer.best b{color:var(--high)}
    .answer .share{text-align:right}
    .two{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px;align-items:start}
    .two.loose{grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr))}
    .code{border:1px solid var(--line);border-radius:8px;background:var(--panel);padding:8px 12px;overflow:auto}
    .code h3{margin-bottom:4px}
    .out{padding:8px 12px;border-left:3px solid var(--high);overflow:auto}
    .out pre{color:var(--ink);white-space:pre}
    .lesson{display:grid;grid-template-columns:264px minmax(0,1fr);gap:24px;align-items:start}
    .toc{display:grid;gap:2px;position:sticky;top:72px}
    .toc button{border:0;background:none;text-align:left;padding:6px 10px;border-radius:6px;color:var(--faint)}
    .toc button[aria-current=true]{background:var(--panel);color:var(--ink);font-weight:600}
    .toc-select{display:none}
    .text{max-width:960px}.text.stack{gap:12px}.text p{margin:0}
    .text p{white-space:pre-line}.text .card p{margin-bottom:8px}
    .dials{display:flex;flex-wrap:wrap;gap:8px 24px;margin-bottom:12px}
    .dial{display:grid;grid-template-columns:auto 84px;gap:4px 8px;align-items:center;min-width:176px}
    .dial b{font-family:var(--mono);font-size:14px;color:var(--ink)}
    .dial input[type=range]{grid-column:1/-1}
    .dial label.data{grid-column:1/-1;font-size:12px;display:flex;gap:6px;align-items:center}
    input[type=text].formula-input{width:100%;font-family:var(--mono);font-size:16px;padding:8px 12px;min-height:40px}
    .caret{margin-top:8px;padding:8px 12px;border-left:3px solid var(--bad);color:var(--bad);overflow:auto}
    .caret pre{white-space:pre}
    table{border-collapse:collapse;width:100%;font-size:13px}
    th,td{padding:4px 8px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
    th{font-weight:600;color:var(--faint);font-size:12px}
    th:first-child,td:first-child{text-align:left}
    .scroll{overflow-x:auto}

    .graphbox{border:1px solid var(--line);border-radius:8px;overflow:auto;background:var(--paper);max-height:520px}
    .graphbox svg{display:block;margin:auto}
    .graphbox text{font:12px Helvetica,Arial,'Liberation Sans','Noto Sans CJK KR',sans-serif;fill:var(--ink);text-anchor:middle;pointer-events:none}
    .g-box rect{fill:var(--panel);stroke:var(--strong)}
    .g-box{cursor:pointer}.g-box:focus-visible{outline:none}.g-box:focus-visible rect{stroke:var(--accent);stroke-width:3}
    .g-box.leaf rect{stroke:var(--high);stroke-width:1.5}.g-box.data rect{stroke-dasharray:4 3}
    .g-box text.value{fill:var(--high)}.g-box text.grad{fill:var(--gradient)}
    .g-box.root rect{stroke-width:2;stroke:var(--ink)}
    .g-box.waiting{opacity:.4}.g-box.now rect{stroke:var(--accent);stroke-width:3}.unseen{visibility:hidden}
    .g-frame rect{fill:none;stroke:var(--line)}.g-frame text{text-anchor:start;font-size:11px;fill:var(--faint)}
    .g-edge path{fill:none;stroke:var(--strong);stroke-width:1.3}.g-edge .hit{stroke:transparent;stroke-width:14;cursor:pointer}
    .g-edge.dashed path:not(.hit){stroke-dasharray:4 3}
    .g-edge text{font-size:11px;fill:var(--low);paint-order:stroke;stroke:var(--paper);stroke-width:5px}
    .g-edge.now .line{stroke:var(--high);stroke-width:2.5}.g-edge.back .line{stroke:var(--gradient);stroke-width:2.5}
    .g-edge.picked .line{stroke:var(--accent);stroke-width:3}
    .g-edge:focus-visible{outline:none}.g-edge:focus-visible .line{stroke:var(--accent);stroke-width:3}
    .head{fill:var(--strong)}.head-now{fill:var(--high)}.head-back{fill:var(--gradient)}
    .words{min-height:68px;margin-top:8px}.words div{font-family:var(--mono);font-size:13px}.words div.plain{font-family:var(--sans);font-size:14px}
    .product{font-family:var(--mono);font-size:16px;display:flex;flex-wrap:wrap;gap:4px 10px;align-items:baseline}
    .product span{display:grid}.product small{font-family:var(--sans)}

    @media (max-width:1180px){.train{grid-template-columns:272px minmax(0,1fr)}.train>.stack:last-of-type{grid-column:1/-1;
    grid-template-columns:repeat(auto-fit,minmax(280px,1fr))}
    .layer{grid-template-columns:132px repeat(2,minmax(0,1fr))}
    .drawing{grid-template-columns:repeat(2,minmax(0,1fr))}.drawing>:last-child{grid-column:1/-1;grid-template-columns:repeat(auto-fit,minmax(min(100%,280px),1fr))}}
    @media (max-width:820px){main{padding:12px}.bar{padding:8px 12px}.train,.lesson,.two,.drawing{grid-template-columns:minmax(0,1fr)}
    .train>.setup{order:2}.train>.stack:last-of-type{order:1}.wide{order:3}.card{padding:12px}
    .toc{display:none}.toc-select{display:block;width:100%}.brand span{display:none}.bar{gap:4px}.tabs button{padding:6px 8px}.quiet{padding:4px 6px}
    .layer{grid-template-columns:repeat(2,minmax(0,1fr))}.layer>:first-child{grid-column:1/-1}}
    @media (prefers-reduced-motion:no-preference){button{transition:border-color .12s}}
    """#
}
