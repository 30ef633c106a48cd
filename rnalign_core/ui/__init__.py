"""The interface: state, links and widgets that the pages share. The only room that imports streamlit."""
