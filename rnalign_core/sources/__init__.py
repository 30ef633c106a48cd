"""Where real cohorts come from: public data, downloaded, checked and brought into one form."""
