"""`python -m shared.runtime.broker_setup`: lays exchanges, queues and bindings down at a broker, like `mentorship up`.

TOPOLOGY_AMQP_URL (else AMQP_URL) says where, LOG_PARTITIONS how many. Users and their rights are the definitions' that
`deploy/make_secrets.py` writes, and that the broker loads at its start. Safe to repeat; what is there with other
arguments is a fault, and stays.
"""

from __future__ import annotations

import sys

from pika.exceptions import AMQPConnectionError, AMQPError

from shared.bus import topology
from shared.runtime import checks
from shared.runtime.faults import Fault
from shared.runtime.settings import address_for, log_partitions


def lay_down(url: str, partitions: int) -> None:
    """Raises Fault."""
    try:
        topology.declare(url, partitions)
    except (AMQPConnectionError, OSError):
        raise Fault(
            "The broker named in AMQP_URL cannot be reached: check the address, the user, and that it runs."
        ) from None
    except AMQPError as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise Fault(f"The broker named in AMQP_URL did not take the topology ({reason}): check its rights.") from None


def main() -> int:
    try:
        lay_down(checks.amqp_url(address_for(topology.TOPOLOGY_USER, "AMQP_URL")), log_partitions())
    except Fault as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    sys.stdout.write("The broker is ready.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
