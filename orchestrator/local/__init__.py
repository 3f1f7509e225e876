"""The embedded provider `local`: real speech models from packages, no key, no network.

Importing this package loads no model and no heavy package; opening the first session does.
"""

from orchestrator.local.provider import LocalProvider

__all__ = ["LocalProvider"]
