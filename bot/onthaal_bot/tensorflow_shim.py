"""Stand-ins for the TensorFlow names that Rasa imports, so that Rasa runs without TensorFlow.

Looking up any Rasa component imports all built-in ones, the neural ones included. They only need names
to subclass or to put in annotations. Every stand-in refuses to be constructed: a configuration that
really uses a neural component fails while training instead of packing a model that cannot be loaded.

Call `install()` before anything of `rasa` is imported.
"""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import NoReturn

_MODULES: dict[str, tuple[str, ...]] = {
    "tensorflow": ("Tensor", "SparseTensor", "TensorShape", "TensorSpec"),
    "tensorflow.keras": (),
    "tensorflow.keras.backend": (),
    "tensorflow.keras.utils": ("Sequence",),
    "tensorflow.python": (),
    "tensorflow.python.eager": (),
    "tensorflow.python.eager.wrap_function": ("WrappedFunction",),
    "tensorflow.types": (),
    "tensorflow.types.experimental": ("TensorLike",),
    "keras": ("Model",),
    "keras.utils": ("tf_utils",),
    "keras.utils.control_flow_util": ("smart_cond",),
}
# Reached as attributes of tensorflow.keras, never imported as modules.
_NAMESPACES: dict[str, tuple[str, ...]] = {
    "layers": ("Layer", "Dense", "Dropout", "AbstractRNNCell"),
    "callbacks": ("Callback",),
    "metrics": ("Metric",),
}


class TensorFlowMissingError(RuntimeError):
    """A stand-in was used; the message names it."""


def _needs_tensorflow(name: str) -> str:
    return f"{name} needs TensorFlow, which is not installed: take neural components out of bot/config.yml."


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(_needs_tensorflow(f"{self.__name__}.{name}"))


def _refusing_class(name: str) -> type:
    def refuse(_self: object, *_args: object, **_kwargs: object) -> NoReturn:
        raise TensorFlowMissingError(_needs_tensorflow(name))

    return type(name.rpartition(".")[2], (), {"__init__": refuse})


def _module(name: str, class_names: tuple[str, ...]) -> ModuleType:
    made = _StandIn(name)
    made.__spec__ = ModuleSpec(name, None, is_package=True)
    made.__path__ = []
    for class_name in class_names:
        setattr(made, class_name, _refusing_class(f"{name}.{class_name}"))
    return made


def install() -> None:
    """Register the stand-ins in `sys.modules`; a second call does nothing.

    Raises:
        RuntimeError: when Rasa was imported before, so that the stand-ins would come too late.
    """
    if "tensorflow" in sys.modules:
        return
    if "rasa.core.agent" in sys.modules or "rasa.engine.recipes.default_recipe" in sys.modules:
        message = "install() must run before rasa is imported"
        raise RuntimeError(message)
    for name, class_names in _MODULES.items():
        sys.modules[name] = _module(name, class_names)
    for name in _MODULES:
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, sys.modules[name])
    keras = sys.modules["tensorflow.keras"]
    for namespace, class_names in _NAMESPACES.items():
        setattr(keras, namespace, _module(f"tensorflow.keras.{namespace}", class_names))
