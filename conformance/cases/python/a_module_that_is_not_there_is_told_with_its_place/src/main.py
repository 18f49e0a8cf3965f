import json
import requests
