"""Bad data says so at once: everything in the folder of data is checked, with file, line and what is wrong."""
