"""The colours and type of an SVG picture: one constant text, light by itself and dark where the reader prefers it.

Plain rules without variables, because not every viewer of SVG knows those.
"""

from __future__ import annotations

from typing import Final

STYLE: Final = """
.xf-flow text{font-family:system-ui,sans-serif;fill:#1f2328}
.xf-flow .xf-heading{font-size:16px;font-weight:600}
.xf-flow .xf-middle{text-anchor:middle}
.xf-flow .xf-title{font-size:14px;font-weight:600}
.xf-flow .xf-small{font-size:11px;fill:#424a53}
.xf-flow .xf-label{font-size:12px}
.xf-flow .xf-note{font-size:10.5px;fill:#656d76}
.xf-flow .xf-stage{font-size:11px;font-weight:600;fill:#57606a}
.xf-flow .xf-page{fill:#fff}
.xf-flow .xf-band{fill:#f6f8fa;stroke:#d8dee4}
.xf-flow .xf-frame{fill:#fff;stroke:#6e7781;stroke-width:1.2}
.xf-flow .xf-inner{fill:none;stroke:#6e7781}
.xf-flow .xf-rule{fill:none;stroke:#d8dee4}
.xf-flow .xf-icon{fill:none;stroke:#656d76;stroke-width:1.1;stroke-linecap:round;stroke-linejoin:round}
.xf-flow .xf-open circle{fill:#424a53}
.xf-flow .xf-final .xf-frame{fill:#eef1f4}
.xf-flow .xf-any .xf-frame{stroke-dasharray:5 4}
.xf-flow .xf-line{fill:none;stroke:#6e7781;stroke-width:1.3}
.xf-flow .xf-head{fill:#6e7781}
.xf-flow .xf-rising .xf-line{stroke:#9a6700}
.xf-flow .xf-rising .xf-head{fill:#9a6700}
.xf-flow .xf-rising .xf-label{fill:#7d4e00}
.xf-flow .xf-back .xf-line{stroke:#9a6700;stroke-dasharray:4 3}
.xf-flow .xf-back .xf-head{fill:#9a6700}
.xf-flow .xf-back .xf-label{fill:#7d4e00}
.xf-flow .xf-pill{fill:#fff8e5;stroke:#d4a72c}
.xf-flow .xf-out .xf-line{stroke:#6e7781;stroke-dasharray:none}
.xf-flow .xf-out .xf-head{fill:#6e7781}
.xf-flow .xf-out .xf-label{fill:#1f2328}
.xf-flow .xf-out .xf-pill{fill:#eef1f4;stroke:#6e7781}
.xf-flow .xf-gone .xf-line{stroke:#0969da;stroke-width:2.4}
.xf-flow .xf-gone .xf-head{fill:#0969da}
.xf-flow .xf-visited .xf-frame{fill:#ddf4ff;stroke:#0969da;stroke-width:1.6}
.xf-flow .xf-current .xf-frame{fill:#0969da;stroke:#0a3069;stroke-width:2}
.xf-flow .xf-current .xf-inner,.xf-flow .xf-current .xf-rule{stroke:#80ccff}
.xf-flow .xf-current text{fill:#fff}
.xf-flow .xf-current .xf-icon{stroke:#ddf4ff}
@media (prefers-color-scheme:dark){
.xf-flow text{fill:#f0f6fc}
.xf-flow .xf-small{fill:#d1d7e0}
.xf-flow .xf-note{fill:#9198a1}
.xf-flow .xf-stage{fill:#b7bdc8}
.xf-flow .xf-page{fill:#0d1117}
.xf-flow .xf-band{fill:#151b23;stroke:#30363d}
.xf-flow .xf-frame{fill:#212830;stroke:#8b949e}
.xf-flow .xf-inner{stroke:#8b949e}
.xf-flow .xf-rule{stroke:#3d444d}
.xf-flow .xf-icon{stroke:#9198a1}
.xf-flow .xf-open circle{fill:#d1d7e0}
.xf-flow .xf-final .xf-frame{fill:#2a313c}
.xf-flow .xf-line{stroke:#9198a1}
.xf-flow .xf-head{fill:#9198a1}
.xf-flow .xf-rising .xf-line,.xf-flow .xf-back .xf-line{stroke:#d29922}
.xf-flow .xf-rising .xf-head,.xf-flow .xf-back .xf-head{fill:#d29922}
.xf-flow .xf-rising .xf-label,.xf-flow .xf-back .xf-label{fill:#e3b341}
.xf-flow .xf-pill{fill:#2e2409;stroke:#9e6a03}
.xf-flow .xf-out .xf-line{stroke:#9198a1}
.xf-flow .xf-out .xf-head{fill:#9198a1}
.xf-flow .xf-out .xf-label{fill:#e6edf3}
.xf-flow .xf-out .xf-pill{fill:#2a313c;stroke:#8b949e}
.xf-flow .xf-gone .xf-line{stroke:#4493f8}
.xf-flow .xf-gone .xf-head{fill:#4493f8}
.xf-flow .xf-visited .xf-frame{fill:#121d2f;stroke:#4493f8}
.xf-flow .xf-current .xf-frame{fill:#1f6feb;stroke:#a5d6ff}
}
"""
