"""What every adapter shares: interface, capabilities, facts, names, registry. No provider SDK.

`capabilities` what can be asked · `demands` which spec asks it · `refusal` what a target refuses ·
`adapter` the interface · `refs` what it hands back · `naming` · `facts` · `registry`. Import the modules:
this package imports none of them, so that a command which needs no pulumi pays for none.
"""

from __future__ import annotations
