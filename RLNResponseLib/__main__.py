"""`python -m RLNResponseLib` is the `rlnresponse` command."""

import sys

from RLNResponseLib.cli import main

sys.exit(main())
