"""What every adapter shares: interface, capabilities, facts, names, labels, registry. No provider SDK.

`capabilities` what can be asked, which spec asks it, what is refused · `adapter` the interface · `refs` what
it hands back · `naming` · `labels` · `facts` · `limits` shared checks · `registry`. Import the modules: this
package imports none of them, so that a command which needs no pulumi pays for none.
"""

from __future__ import annotations
