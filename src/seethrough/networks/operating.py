"""Going along with every operation of torch, whoever asks for it."""

from collections.abc import Callable, Mapping
from typing import Any

from torch.overrides import TorchFunctionMode


class Operating(TorchFunctionMode):
    """While active, each operation on tensors goes through `operate`; what that asks torch for does not."""

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Any,
        arguments: tuple[Any, ...] = (),
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        """Hand it on: which classes the tensors are of matters to nobody here."""
        return self.operate(function, arguments, named or {})

    def operate(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """Run the operation."""
        return function(*arguments, **named)
