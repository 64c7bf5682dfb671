"""What `toolkit generate` is told about kind clusters and what records in them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.errors import closest, usage

if TYPE_CHECKING:
    from toolkit.cluster.kind.provider import KindSettings

NameOption = Annotated[
    str | None, typer.Option("--name", help="The cluster's name; default for kind: KIND_CLUSTER_NAME, or made here.")
]
ImageOption = Annotated[
    str | None, typer.Option("--image", help="kind: the node image; default: TOOLKIT_IMAGE, or kind's own.")
]
KindConfigOption = Annotated[
    Path | None, typer.Option("--kind-config", metavar="FILE", exists=True, dir_okay=False, help="kind: its config.")
]
ReuseOption = Annotated[
    bool, typer.Option("--reuse", help="kind: use the cluster of that name if it is up, and leave it up.")
]
RecorderOption = Annotated[
    str | None,
    typer.Option("--recorder", help="kube-audit-rest, in the cluster (default), or toolkit, on this machine."),
]
RecorderImageOption = Annotated[
    str | None,
    typer.Option(
        "--recorder-image", metavar="IMAGE", help="The recorder's image in the cluster; also TOOLKIT_RECORDER_IMAGE."
    ),
]
LoadImageOption = Annotated[
    list[str] | None,
    typer.Option(
        "--load-image",
        metavar="IMAGE",
        help="kind: put an image that Docker has into the nodes; repeatable, or TOOLKIT_LOAD_IMAGE.",
    ),
]


@dataclass(frozen=True, slots=True)
class Kind:
    """The flags about kind clusters."""

    name: str | None = None
    image: str | None = None
    config: Path | None = None
    keep: bool = False
    reuse: bool = False
    recorder: str | None = None
    recorder_image: str | None = None
    load_images: tuple[str, ...] = ()

    def is_meant(self) -> bool:
        """Say whether a flag was given that only a kind cluster can follow."""
        return self.makes_cluster() or self.recorder_image is not None

    def makes_cluster(self) -> bool:
        """Say whether a flag was given that is about how a kind cluster is made."""
        return self.reuse or any((self.image, self.config, self.load_images))

    def settings(self, kubernetes: str | None = None) -> KindSettings:
        """Return the flags as settings, variables where there is no flag; `kubernetes` names a node image as well.

        Raises ToolkitError (exit 2) for an unknown recorder.
        """
        from toolkit.cluster.kind.provider import RECORDERS, KindSettings
        from toolkit.cluster.recorder.deployment import IMAGE, DeploymentSettings

        recorder = self.recorder or RECORDERS[0]
        if recorder not in RECORDERS:
            hint = closest(recorder, RECORDERS) or f"there are: {', '.join(RECORDERS)}"
            raise usage(f'there is no recorder "{recorder}"', hint=hint)
        if recorder == "toolkit" and self.recorder_image:
            raise usage("--recorder toolkit runs on this machine and needs no --recorder-image")
        image = self.image or (None if kubernetes else os.environ.get("TOOLKIT_IMAGE"))
        recorder_image = self.recorder_image or os.environ.get("TOOLKIT_RECORDER_IMAGE") or IMAGE
        return KindSettings(
            name=self.name,
            image=image,
            config=self.config,
            keep=self.keep,
            reuse=self.reuse,
            recorder=recorder,
            deployment=DeploymentSettings(image=recorder_image),
            load_images=self.load_images or tuple(os.environ.get("TOOLKIT_LOAD_IMAGE", "").split()),
        )
