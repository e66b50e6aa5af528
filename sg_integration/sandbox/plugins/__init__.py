"""Stand-ins for Pulumi's provider plugins.

`protocol` says what a package must offer, `document` how properties look, `errors` what it may raise, `serve` runs it
as a plugin process; `names` reads property names from the installed SDKs, `install` puts plugins where the engine looks.
"""
