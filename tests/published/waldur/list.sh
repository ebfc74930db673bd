http \
  GET \
  https://api.example.com/api/payments/ \
  Authorization:"Token YOUR_API_TOKEN"
